import Database
import LeadStore
import Operations
import Timekeeping

/// Moves a store from its file to a server. At no moment can programs use both:
///
/// 1. The file is taken: no process has it open, and none can open it.
/// 2. Everything is copied and compared, in one transaction of the server. If this process dies, nothing has happened.
/// 3. Before the commit the file is marked as being moved: programs refuse it. If this process dies now, the next attempt asks
///    the server whether the copy is there, and goes on accordingly.
/// 4. After the commit the file is marked as moved, for good.
struct Promotion: Sendable {
  struct Report: Sendable {
    var rows: Int
    var tables: Int
    /// Of the audit trail, without that of the move.
    var entries: Int64
    /// Whether the copy was there from an attempt before.
    var wasThere: Bool
  }

  let path: String
  let server: ServerAddress
  let reason: String
  let actor: String
  let now: Timestamp
  let progress: @Sendable (String) -> Void

  private var address: String { StoreAddress.server(server).name }

  /// Throws `PromotionError`, `LeadStoreError` and `DatabaseError`. Doing it again after it succeeded changes nothing.
  func run() async throws -> Report {
    let hold = try await taken()
    if let mark = try hold.mark { try require(mark, to: address) }
    progress("Checking the file")
    let inventory = try await checked(hold)
    let store = try await Program.open(.server(server), now: now)
    let wasThere = try await isThere(inventory, store)
    if !wasThere {
      // Of an attempt that did not get through.
      try hold.set(nil)
      try await move(inventory, hold, to: store)
    }
    try hold.set(.moved(to: address))
    return Report(
      rows: inventory.rows, tables: inventory.tableCount, entries: inventory.head.entryID, wasThere: wasThere)
  }

  private func taken() async throws -> StoreHold {
    do {
      return try await StoreHold.take(path, steps: LeadStore.steps(on: .sqlite), now: now)
    } catch let error as StoreInUse {
      throw PromotionError.inUse(path: path, users: error.users, isAsked: false)
    }
  }

  /// What was moved, or nearly, to one place goes to no other.
  private func require(_ mark: MoveMark, to address: String) throws {
    switch mark {
    case .moving(let former) where former != address: throw DatabaseError.beingMoved(path, to: former)
    case .moved(let former) where former != address: throw DatabaseError.moved(path, to: former)
    case .moving, .moved: return
    }
  }

  /// What the file holds, once it is found to be whole.
  private func checked(_ hold: StoreHold) async throws -> StoreInventory {
    let path = path
    return try await hold.read { source in
      if let fault = try StoreCopy.fault(in: source) { throw PromotionError.damaged(path: path, reason: fault) }
      if let broken = try AuditTable.verify(in: source).firstBreak {
        throw PromotionError.damaged(
          path: path, reason: "entry \(broken.entryID) of its audit trail: \(broken.reason)")
      }
      return try PromotionTable.inventory(in: source)
    }
  }

  private func isThere(_ inventory: StoreInventory, _ store: Store) async throws -> Bool {
    switch try await store.read({ try PromotionTable.standing(to: inventory, in: $0) }) {
    case .empty: return false
    case .arrived: return true
    case .anotherState: throw PromotionError.anotherState(server: address)
    case .anotherStore: throw PromotionError.anotherStore(server: address)
    case .occupied(let tables): throw PromotionError.occupied(server: address, tables: tables)
    }
  }

  private func move(_ inventory: StoreInventory, _ hold: StoreHold, to store: Store) async throws {
    do {
      try await store.write(.power) { [self] target in try copy(inventory, hold, to: target) }
    } catch let failure {
      guard try hold.mark != nil else { throw failure }
      // It came as far as the commit: whether that took effect is to be seen.
      let hasArrived: Bool
      do {
        hasArrived = try await isThere(inventory, store)
      } catch {
        throw PromotionError.inDoubt(path: path, server: address, reason: ErrorText.describe(error))
      }
      guard !hasArrived else { return }
      try hold.set(nil)
      throw failure
    }
  }

  private func copy(_ inventory: StoreInventory, _ hold: StoreHold, to target: Transaction) throws {
    // Looked at again, since nobody else writes from here on.
    guard try PromotionTable.standing(to: inventory, in: target) == .empty else {
      throw PromotionError.anotherStore(server: address)
    }
    do {
      try hold.readBlocking { source in
        try PromotionTable.copy(inventory, from: source, to: target) { table, rows in
          progress("Moving: \(rows * 100 / max(1, inventory.rows)) % (\(table))")
        }
      }
    } catch let difference as PromotionTable.Difference {
      throw PromotionError.differs(server: address, what: "the table \(difference.table)")
    }
    let verdict = try AuditTable.verify(in: target)
    guard verdict.firstBreak == nil, try AuditTable.head(in: target) == inventory.head else {
      throw PromotionError.differs(server: address, what: "the audit trail")
    }
    try Desk.audit(
      .storePromoted, subject: address, reason: reason,
      detail: ["from": path, "rows": inventory.rows, "tables": inventory.tableCount], actor: actor, now: now,
      in: target)
    try hold.set(.moving(to: address))
  }
}
