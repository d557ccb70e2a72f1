package import Leads

/// How the need became the run, class by class, limit by limit, in the order need → mix → performance → agents' room →
/// per-run cap → daily remainder → supply.
package struct Waterfall: Sendable, Equatable, Codable {
  package struct Step: Sendable, Equatable, Codable {
    package enum Name: String, Sendable, Codable, CaseIterable {
      case need, mix, performance
      case agentsRoom = "agents_room"
      case perRun = "per_run"
      case daily
      case supply
      /// Raised to the smallest batch, or held because it cannot be reached.
      case smallestBatch = "smallest_batch"
      /// What another rule left of it: nothing.
      case held
    }

    package var name: Name
    /// The key that sets it; nil for a hold without one.
    package var configurationKey: String?
    /// Leads after this step.
    package var total: Int
    /// Leads of each class after this step; for the need, what each class lacks by itself.
    package var perClass: PerClass<Int>
    /// Whether the run is as large as it is because of this step.
    package var isBinding: Bool

    private enum CodingKeys: String, CodingKey {
      case name
      case configurationKey = "configuration_key"
      case total
      case perClass = "per_class"
      case isBinding = "is_binding"
    }
  }

  /// What decided the number of one class.
  package struct Binding: Sendable, Equatable, Codable {
    package var step: Step.Name
    package var configurationKey: String?

    private enum CodingKeys: String, CodingKey {
      case step
      case configurationKey = "configuration_key"
    }
  }

  /// The last one is what the plan uploads.
  package var steps: [Step]
  /// For each class the last limit that took leads from it; the need where none did. Mix and performance are no limits: what
  /// they take from one class they give to another.
  package var binding: PerClass<Binding>

  /// Follows a plan. Every number is made from what the plan keeps, so that an old plan is told as it was made.
  package init(_ plan: Plan) {
    var walk = Walk(plan: plan)
    walk.follow()
    steps = walk.steps
    binding = plan.need.perClass.map { leadClass, lacking in
      Walk.binding(of: leadClass, steps: walk.steps, isShort: lacking > 0)
    }
  }
}

private struct Walk {
  let plan: Plan
  private(set) var steps: [Waterfall.Step] = []
  private var size = 0

  init(plan: Plan) {
    self.plan = plan
  }

  mutating func follow() {
    let need = plan.need
    size = need.total
    let needKey = plan.caps.first { $0.name == .need }?.configurationKey
    add(.need, key: needKey, need.perClass)
    add(.mix, key: PolicyKey.mix, divided(by: plan.mix.base))
    add(.performance, key: PolicyKey.prioritizeHighPerformers, divided(by: plan.mix.weights))
    for (step, cap) in [
      (Waterfall.Step.Name.agentsRoom, Cap.Name.agentsRoom), (.perRun, .perRun), (.daily, .daily),
    ] {
      guard let bound = plan.caps.first(where: { $0.name == cap }) else { continue }
      size = min(size, bound.value)
      add(step, key: bound.configurationKey, divided(by: plan.mix.weights))
    }
    supply()
    end()
    mark()
  }

  /// The sources bound each class, and others fill in only up to the target.
  private mutating func supply() {
    let refill = plan.caps.first { $0.name == .refill }?.value ?? size
    size = min(size, refill)
    let given = divided(by: plan.mix.weights, upper: plan.input.supply)
    size = given.sum
    add(.supply, key: PolicyKey.sourceFiles, given)
  }

  private mutating func end() {
    guard plan.need.total > 0, steps.last?.perClass != plan.targets else { return }
    size = plan.runSize
    switch plan.decision {
    case .upload, .blocked(.smallestBatch):
      add(.smallestBatch, key: PolicyKey.minUploadBatch, plan.targets)
    case .sufficient, .blocked:
      add(.held, key: nil, plan.targets)
    }
  }

  private func divided(
    by weights: PerClass<Double>, upper: PerClass<Int> = PerClass(repeating: Int.max / 4)
  ) -> PerClass<Int> {
    Apportionment.apportion(total: size, weights: weights, lower: plan.need.perClass, upper: upper)
  }

  private mutating func add(_ name: Waterfall.Step.Name, key: String?, _ perClass: PerClass<Int>) {
    steps.append(
      Waterfall.Step(name: name, configurationKey: key, total: size, perClass: perClass, isBinding: false))
  }

  /// The step at which the run got its size: the last that changed the total, else the need.
  private mutating func mark() {
    guard plan.need.total > 0 else { return }
    let last = steps.indices.last { $0 > 0 && steps[$0].total != steps[$0 - 1].total } ?? 0
    steps[last].isBinding = true
  }

  /// `isShort`: whether the class is below its own minimum.
  static func binding(of leadClass: LeadClass, steps: [Waterfall.Step], isShort: Bool) -> Waterfall.Binding {
    let from = steps.firstIndex { $0.name == .performance } ?? 0
    let last = steps.indices.last { index in
      index > from && steps[index].perClass[leadClass] < steps[index - 1].perClass[leadClass]
    }
    guard let last else {
      return Waterfall.Binding(
        step: .need, configurationKey: isShort ? PolicyKey.minPerClass : steps[0].configurationKey)
    }
    return Waterfall.Binding(step: steps[last].name, configurationKey: steps[last].configurationKey)
  }
}
