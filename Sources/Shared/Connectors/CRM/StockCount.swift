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

  /// Adds one lead of the API's list. Leads that closed at `windowStart` or later count for conversion.
  mutating func add(_ row: CRMLeadRow, windowStart: Timestamp) {
    let status = CRMLeadStatus.normalized(row.status)
    let leadClass = CRMLeadStatus.leadClass(priority: row.priority)
    let isRecycled = status == CRMLeadStatus.recycled
    newestLeadID = max(newestLeadID, row.id)
    if status == CRMLeadStatus.won || status == CRMLeadStatus.lost {
      closed += 1
      let closedAt = (row.closedAt ?? row.updatedAt).flatMap(CRMTime.parse)
      if let leadClass, let closedAt, closedAt >= windowStart {
        if status == CRMLeadStatus.won { conversion[leadClass].won += 1 } else { conversion[leadClass].lost += 1 }
      }
      return
    }
    if row.isAssigned && !isRecycled { deskLoad += 1 }
    if isRecycled && (row.timesRecycled ?? 0) >= CRMLeadStatus.recyclingsMax { return }
    total += 1
    guard !row.isAssigned || isRecycled else { return }
    available += 1
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

  func stock(activeAgents: Int, takenAt: Timestamp) -> Stock {
    Stock(
      total: total, available: available, availablePerClass: availablePerClass,
      availableOther: available - availablePerClass.sum, closed: closed, activeAgents: activeAgents,
      deskLoad: deskLoad, conversion: conversion, newestLeadID: newestLeadID, takenAt: takenAt)
  }
}
