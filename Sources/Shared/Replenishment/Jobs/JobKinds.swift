package import Alerts
package import Database
import Foundation
import JobQueue
import LeadStore
package import Timekeeping

/// The kinds of jobs; `job.kind`.
package enum JobKind: String, Sendable, CaseIterable {
  /// Reads the CRM's stock.
  case monitor
  /// Reads a source file into the catalog.
  case importSource = "import"
  /// Sends a batch, and finds out what became of it.
  case upload
  /// Runs a cycle that came due. Schedulers serve it, not workers: a cycle waits for jobs of the other kinds.
  case cycle
  /// Brings a message to people.
  case notify

  /// The queue of the kind. Uploads have one of their own: the CRM works one request at a time, and read-back relies on
  /// nobody else of us sending meanwhile. So have messages: a mail server that hangs holds up nothing else.
  package var queue: String {
    switch self {
    case .monitor, .importSource: "default"
    case .upload: "upload"
    case .cycle: "cycle"
    case .notify: "notify"
    }
  }

  /// How long one attempt may take, far above what any should: one that hangs does not keep its slot for ever. A cycle
  /// watches its own time.
  var timeout: Duration? {
    switch self {
    case .monitor: .seconds(15 * 60)
    case .importSource: .seconds(4 * 3600)
    case .upload: .seconds(3600)
    case .cycle: nil
    case .notify: .seconds(120)
    }
  }

  /// The kinds for which a worker needs the CRM or the sources. It serves `notify` apart from them.
  package static var workerKinds: [JobKind] { allCases.filter { $0 != .cycle && $0 != .notify } }

  /// The queues of these kinds.
  package static var workerQueues: [String] { ["default", "upload"] }

  /// Makes the queues with their limits: one running upload per CRM, and a store serves one CRM, which no upload begins with
  /// while it asks for silence; one running cycle.
  package static func declareQueues(in transaction: Transaction) throws {
    try JobTable.declareQueue("default", in: transaction)
    try JobTable.declareQueue(
      "upload", QueueSettings(concurrencyMax: 1, destination: try StoreIdentityTable.crm(in: transaction)),
      in: transaction)
    try JobTable.declareQueue("cycle", QueueSettings(concurrencyMax: 1), in: transaction)
    try JobTable.declareQueue("notify", in: transaction)
  }
}

/// What a job is about; `job.payload`, JSON.
package struct MonitorPayload: Codable, Sendable, Equatable {
  package var cycle: Int64
}

package struct ImportPayload: Codable, Sendable, Equatable {
  package var path: String
}

package struct UploadPayload: Codable, Sendable, Equatable {
  package var plan: Int64
  package var ordinal: Int
}

package struct CyclePayload: Codable, Sendable, Equatable {
  /// The due time of the tick.
  package var tick: Timestamp
}

package struct NotifyPayload: Codable, Sendable, Equatable {
  /// `bulletin.id`.
  package var bulletin: Int64
  package var channel: AlertChannel

  /// Of the job that brings this message to this channel.
  var uniqueKey: String { "notify:\(bulletin):\(channel.rawValue)" }
}

/// What a monitor job leaves; `job.result`.
package struct MonitorResult: Codable, Sendable, Equatable {
  package var snapshot: Int64
}

enum Payload {
  static func encode(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  static func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(text.utf8))
  }
}
