import Leads
import Timekeeping

/// A CRM in memory with real state, true to its contract: an npi is unique, a row without one is created as often as it is
/// sent, a request is committed as a whole or not at all. Its agents use up what it holds.
// Unchecked: used on the one thread of `SingleThread` only.
final class SimulatedCRM: @unchecked Sendable {
  /// In a practice's name: what the CRM chokes on, and what it refuses.
  static let poison = "Poison"
  static let invalid = "Invalid"
  static let address = "http://crm.simulated"

  enum Status: String {
    case new, recycled
    case won = "closed_won"
    case lost = "closed_lost"

    var isClosed: Bool { self == .won || self == .lost }
  }

  struct Row {
    let id: Int64
    let npi: String?
    let name: String
    let owner: String?
    let phone: String?
    let zip: String?
    let priority: String
    /// Ours, if it has one.
    let marker: String?
    /// The request that made it; nil: it was there before.
    let post: Int?
    var status = Status.new
    var isAssigned = false
    var closedAt: Timestamp?

    var leadClass: LeadClass? { LeadClass(rawValue: priority) }
    var isInPool: Bool { !status.isClosed && (!isAssigned || status == .recycled) }

    /// What makes two rows the same lead.
    var identity: String {
      npi.map { "npi:\($0)" } ?? LeadKey.identifying(owner: owner, practice: name, phone: phone, zip: zip)?.rawValue
        ?? "row:\(id)"
    }
  }

  private var random: SeededRandom
  private(set) var rows: [Row] = [] {
    didSet { changes += 1 }
  }
  /// Grows with every change of a row.
  private(set) var changes = 0
  private var byNPI: [String: Int64] = [:]
  /// Of ours among the rows that it lost.
  private(set) var lostMarkers: Set<String> = []
  private(set) var newestID: Int64 = 0
  var agents = 3
  /// Until then nobody is let in.
  var isDown = false
  /// What logins give out; older ones are refused.
  var tokenNumber = 1
  /// Told of every row that is created by a request.
  var onCreation: (Row) -> Void = { _ in }

  init(seed: UInt64) {
    random = SeededRandom(seed: seed, stream: "crm")
  }

  // MARK: Rows

  /// A row that somebody else made before.
  func add(_ person: Person) {
    guard person.npi.map({ byNPI[$0] == nil }) ?? true else { return }
    insert(
      npi: person.npi, name: person.practice, owner: "Owner \(person.number)", phone: person.phone, zip: nil,
      priority: person.score >= 90 ? "A+" : person.score >= 75 ? "A" : "B", marker: nil, post: nil)
  }

  @discardableResult
  func insert(
    npi: String?, name: String, owner: String?, phone: String?, zip: String?, priority: String, marker: String?,
    post: Int?
  ) -> Row {
    newestID += 1
    let row = Row(
      id: newestID, npi: npi, name: name, owner: owner, phone: phone, zip: zip, priority: priority, marker: marker,
      post: post)
    rows.append(row)
    if let npi { byNPI[npi] = row.id }
    if post != nil { onCreation(row) }
    return row
  }

  func id(ofNPI npi: String) -> Int64? { byNPI[npi] }

  /// A part of the rows is gone, as after a redeploy from an old backup. Returns how many.
  func loseRows() -> Int {
    guard rows.count > 4 else { return 0 }
    let gone = random.int(1...max(1, rows.count / 5))
    for _ in 0..<gone {
      let row = rows.remove(at: random.int(0...(rows.count - 1)))
      if let npi = row.npi { byNPI[npi] = nil }
      if let marker = row.marker { lostMarkers.insert(marker) }
    }
    return gone
  }

  /// Agents at work: about so many leads leave the pool, some come back, some are closed.
  func work(_ amount: Int, now: Timestamp) {
    for _ in 0..<amount {
      let pool = rows.indices.filter { rows[$0].isInPool }
      guard !pool.isEmpty else { return }
      let index = random.pick(pool)
      if random.chance(0.5) {
        rows[index].status = random.chance(0.2) ? .won : .lost
        rows[index].closedAt = now
      } else {
        rows[index].status = .new
        rows[index].isAssigned = true
      }
    }
    for index in rows.indices where rows[index].isAssigned && !rows[index].status.isClosed && random.chance(0.1) {
      rows[index].status = random.pick([.recycled, .won, .lost, .lost])
      if rows[index].status.isClosed { rows[index].closedAt = now }
    }
  }

  // MARK: Stock

  /// The truth of this moment.
  func stock(now: Timestamp) -> Stock {
    var perClass = PerClass(repeating: 0)
    var conversion = PerClass(repeating: Conversion(won: 0, lost: 0))
    var (total, available, closed, deskLoad) = (0, 0, 0, 0)
    for row in rows {
      if row.status.isClosed {
        closed += 1
        if let leadClass = row.leadClass {
          if row.status == .won { conversion[leadClass].won += 1 } else { conversion[leadClass].lost += 1 }
        }
        continue
      }
      total += 1
      if row.isAssigned && row.status != .recycled { deskLoad += 1 }
      guard row.isInPool else { continue }
      available += 1
      if let leadClass = row.leadClass { perClass[leadClass] += 1 }
    }
    return Stock(
      total: total, available: available, availablePerClass: perClass, availableOther: available - perClass.sum,
      closed: closed, activeAgents: agents, deskLoad: deskLoad, conversion: conversion, newestLeadID: newestID,
      takenAt: now)
  }

  /// What is found by marker, and by npi among the others.
  func find(_ row: ReadBackRow) -> ReadBackFinding {
    ReadBackFinding(
      ours: rows.filter { $0.marker == row.marker }.map(\.id),
      others: rows.filter { $0.npi != nil && $0.npi == row.npi && $0.marker != row.marker }.map(\.id))
  }
}
