/// The leads of one region in a reading of the CRM.
public struct RegionStock: Sendable, Equatable, Codable {
  /// A code of `USState`, empty where the CRM names none.
  public var code: String
  /// Leads in the CRM's own pool, of our classes.
  public var available: Int
  /// What agents took up: leads on desks, and those closed within the performance window.
  public var uptake: Int

  public init(code: String, available: Int, uptake: Int) {
    self.code = code
    self.available = available
    self.uptake = uptake
  }
}
