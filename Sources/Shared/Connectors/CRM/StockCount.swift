import Leads
import Timekeeping

/// Adds leads up to a `Stock`, by the definitions of the CRM's contract.
struct StockCount {
  private(set) var total = 0
  private(set) var available = 0
  private(set) var availablePerClass = PerClass(repeating: 0)
  private(set) var closed = 0
  private(set) var deskLoad = 0
  private(set) var conversion = PerClass(repeating: Conversion(won: 0, lost: 0))
  private(set) var newestLeadID: Int64 = 0
  private var regions: [String: RegionStock] = [:]

  /// Adds one lead of the API's list. Leads that closed at `windowStart` or later count for conversion.
  mutating func add(_ row: CRMLeadRow, windowStart: Timestamp) {
    let status = CRMLeadStatus.normalized(row.status)
    let leadClass = CRMLeadStatus.leadClass(priority: row.priority)
    let isRecycled = status == CRMLeadStatus.recycled
    newestLeadID = max(newestLeadID, row.id)
    let state = row.state ?? ""
    if status == CRMLeadStatus.won || status == CRMLeadStatus.lost {
      closed += 1
      let closedAt = (row.closedAt ?? row.updatedAt).flatMap(CRMTime.parse)
      if let leadClass, let closedAt, closedAt >= windowStart {
        if status == CRMLeadStatus.won { conversion[leadClass].won += 1 } else { conversion[leadClass].lost += 1 }
      }
      if let closedAt, closedAt >= windowStart {
        add(RegionPart(state: state, leadClass: leadClass, available: 0, uptake: 1))
      }
      return
    }
    if row.isAssigned && !isRecycled {
      deskLoad += 1
      add(RegionPart(state: state, leadClass: leadClass, available: 0, uptake: 1))
    }
    if isRecycled && (row.timesRecycled ?? 0) >= CRMLeadStatus.recyclingsMax { return }
    total += 1
    guard !row.isAssigned || isRecycled else { return }
    available += 1
    add(RegionPart(state: state, leadClass: leadClass, available: 1, uptake: 0))
    if let leadClass { availablePerClass[leadClass] += 1 }
  }

  /// One row of `CRMLeadTable.stockStatement`: all leads of one class, counted by the database.
  struct Group {
    var leadClass: LeadClass?
    var total: Int
    var available: Int
    var closed: Int
    var deskLoad: Int
    var conversion: Conversion
    var newestLeadID: Int64
  }

  mutating func add(_ group: Group) {
    total += group.total
    available += group.available
    closed += group.closed
    deskLoad += group.deskLoad
    newestLeadID = max(newestLeadID, group.newestLeadID)
    if let leadClass = group.leadClass {
      availablePerClass[leadClass] += group.available
      conversion[leadClass].won += group.conversion.won
      conversion[leadClass].lost += group.conversion.lost
    }
  }

  /// Leads of one class and state. `state` is what the CRM holds, a code or a name.
  struct RegionPart {
    var state: String
    var leadClass: LeadClass?
    var available: Int
    var uptake: Int
  }

  mutating func add(_ part: RegionPart) {
    let code = USState.code(of: part.state) ?? ""
    var region = regions[code] ?? RegionStock(code: code, available: 0, uptake: 0)
    // Leads of other classes are never sent, so their pool says nothing of what a region lacks.
    if part.leadClass != nil { region.available += part.available }
    region.uptake += part.uptake
    regions[code] = region
  }

  /// `teams`: nil where the CRM does not tell; `showsRegions`: whether it shows the state of leads.
  func stock(
    activeAgents: Int, takenAt: Timestamp, teams: [TeamStock]? = nil, showsRegions: Bool = false
  ) -> Stock {
    Stock(
      total: total, available: available, availablePerClass: availablePerClass,
      availableOther: available - availablePerClass.sum, closed: closed, activeAgents: activeAgents,
      deskLoad: deskLoad, conversion: conversion, newestLeadID: newestLeadID, takenAt: takenAt, teams: teams,
      regions: showsRegions ? regions.values.sorted { $0.code < $1.code } : nil)
  }
}
