import Database
import Mustache
import Timekeeping

/// What every page has around its content.
struct PageFrame: Sendable {
  struct Link: Sendable {
    var path: String
    var label: String
    var isCurrent: Bool
  }

  var title: String
  var links: [Link]
  var styleAddress = Assets.style.address
  var scriptAddress = Assets.script.address
  var iconAddress = Assets.icon.address
  var version: String
  var zone: String
  var madeAt: PageTime.Stamp
  /// Whether the page follows changes, and the mark of the state that it shows.
  var isLive = true
  var mark = 0
  /// Nil where nobody is signed in.
  var person: String?
  var formToken: String?
  /// Whether this visitor may change anything.
  var mayChange = false
  /// How to be allowed to; nil: it is, or it is plain.
  var readingOnly: String?
}

/// Puts views into templates. Everything that is not a chart is escaped by the templates.
struct PageRenderer: Sendable {
  private struct Envelope<View> {
    var page: PageFrame
    var view: View
  }

  private let library: MustacheLibrary

  /// Throws when a template cannot be read, which a test excludes.
  init() throws {
    var library = MustacheLibrary()
    for (name, text) in Assets.templates { try library.register(text, named: name) }
    self.library = library
  }

  func html(_ template: String, _ view: some Any, in frame: PageFrame) -> String {
    guard let html = library.render(Envelope(page: frame, view: view), withTemplate: template) else {
      preconditionFailure("there is no template \(template)")
    }
    return html
  }
}

/// The files that are compiled into the program.
enum Assets {
  /// One that browsers ask for, under a name that changes with its content.
  struct File: Sendable {
    var address: String
    var path: String
    var contentType: String
    var bytes: [UInt8]

    init(_ name: String, _ contentType: String, _ bytes: [UInt8]) {
      path = "/assets/\(name)"
      address = "\(path)?v=\(SHA256.hexadecimal(SHA256.digest(of: bytes)).prefix(12))"
      self.contentType = contentType
      self.bytes = bytes
    }
  }

  static let style = File("dashboard.css", "text/css; charset=utf-8", PackageResources.dashboard_css)
  static let script = File("dashboard.js", "text/javascript; charset=utf-8", PackageResources.dashboard_js)
  static let icon = File("icon.svg", "image/svg+xml", PackageResources.icon_svg)
  static let all = [style, script, icon]

  static let templates: [(name: String, text: String)] = [
    ("layout", text(PackageResources.layout_mustache)), ("time", text(PackageResources.time_mustache)),
    ("badge", text(PackageResources.badge_mustache)), ("joblist", text(PackageResources.joblist_mustache)),
    ("overview", text(PackageResources.overview_mustache)), ("cycles", text(PackageResources.cycles_mustache)),
    ("cycle", text(PackageResources.cycle_mustache)), ("queue", text(PackageResources.queue_mustache)),
    ("job", text(PackageResources.job_mustache)), ("audit", text(PackageResources.audit_mustache)),
    ("sources", text(PackageResources.sources_mustache)), ("signin", text(PackageResources.signin_mustache)),
    ("notice", text(PackageResources.notice_mustache)),
  ]

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
