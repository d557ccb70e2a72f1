import Database

/// What a new CRM holds at start. A CRM that has users already is left as it is.
struct StockSeed: Sendable {
  /// Unassigned open leads, 20 % A+, 50 % A, 30 % B (half of these under the CRM's own `B+`): 101 meet 15/40/30.
  var leads = 101
  /// Further leads that agents closed within the last 30 days, one in five won, four of five of these by the first team.
  var closedLeads = 0
  /// Active agents, in two teams.
  var agents = 3
  var seed: UInt64 = 1
  /// Leads that were closed 200 days ago, outside of every performance window.
  var closedLongAgo: [LeadRow] = []

  private static let secondsPerDay = 86_400

  /// Fills the tables, in the transaction of the caller.
  func plant(_ connection: any Connection) throws {
    guard try UsersTable.counts(connection).total == 0 else { return }
    let hired = try CRMMoment.read(connection, secondsAgo: 400 * Self.secondsPerDay)
    for user in users { try UsersTable.insert(user, created: hired, connection) }
    let samples = SampleLeads(range: .stock, seed: seed)
    // Scores of either part apart, so that closed leads leave the open ones as they are.
    let scores = samples.scores(count: leads) + samples.scores(count: closedLeads)
    let rows = samples.leads(scores: scores).map(LeadRow.init(sample:))
    try LeadsTable.insert(rows, at: try CRMMoment.read(connection, secondsAgo: Self.secondsPerDay), connection)
    try close(rows.suffix(closedLeads), connection)
    try plantClosedLongAgo(connection)
  }

  private func close(_ rows: ArraySlice<LeadRow>, _ connection: any Connection) throws {
    let agents = users.filter { $0.role == .agent && $0.isActive }
    let first = agents.filter { $0.managerID == agents.first?.managerID }
    let others = agents.filter { $0.managerID != agents.first?.managerID }
    let created = try CRMMoment.read(connection, secondsAgo: 40 * Self.secondsPerDay)
    for (index, row) in rows.enumerated() {
      guard let npi = row.npi else { continue }
      let closed = try CRMMoment.read(connection, secondsAgo: (1 + index % 28) * Self.secondsPerDay)
      let isWon = index % 5 == 0
      let team = !isWon ? agents : index % 25 == 0 && !others.isEmpty ? others : first
      try LeadsTable.setClosed(
        npi: npi, asWon: isWon, agent: team.isEmpty ? nil : team[index % team.count].id,
        created: created, closed: closed, connection)
    }
  }

  private func plantClosedLongAgo(_ connection: any Connection) throws {
    let created = try CRMMoment.read(connection, secondsAgo: 240 * Self.secondsPerDay)
    let closed = try CRMMoment.read(connection, secondsAgo: 200 * Self.secondsPerDay)
    try LeadsTable.insert(closedLongAgo, at: created, connection)
    for (index, row) in closedLongAgo.enumerated() {
      guard let npi = row.npi else { continue }
      try LeadsTable.setClosed(
        npi: npi, asWon: index % 2 == 0, agent: nil, created: created, closed: closed, connection)
    }
  }

  private var users: [CRMUser] {
    let office = [
      CRMUser(id: 1, username: "admin", role: .admin, isActive: true),
      CRMUser(id: 2, username: "manager", role: .manager, isActive: true, managerID: 1),
      CRMUser(id: 3, username: "manager2", role: .manager, isActive: true, managerID: 1),
      CRMUser(id: 4, username: "inactive", role: .agent, isActive: false, managerID: 2),
    ]
    let agents = (0..<agents).map { index -> CRMUser in
      let name = index == 0 ? "agent" : "agent\(index + 1)"
      let manager: Int64 = index % 2 == 0 ? 2 : 3
      return CRMUser(id: Int64(5 + index), username: name, role: .agent, isActive: true, managerID: manager)
    }
    return office + agents
  }
}

extension LeadRow {
  /// The CRM's row for an invented lead.
  init(sample lead: SampleLead) {
    self.init(
      npi: lead.npi, practiceName: lead.practiceName,
      texts: [
        "ein": lead.ein, "owner_name": lead.ownerName, "practice_phone": lead.practicePhone,
        "owner_phone": lead.ownerPhone, "specialties": lead.specialties, "category": lead.category,
        "city": lead.city, "state": lead.state, "zip_code": lead.zip, "address": lead.address,
        "entity_type": lead.entityType, "is_sole_proprietor": lead.isSoleProprietor ? "True" : "False",
      ],
      integers: ["providers": .int(lead.providers), "score": .int(lead.score)],
      // The CRM's own band where it differs in name only.
      priority: lead.priority == "B" ? LeadRow.band(Int64(lead.score)) : lead.priority, source: "demo_stock")
  }
}
