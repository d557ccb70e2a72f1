import Database
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Timekeeping

/// Takes every request in: size, method, host, who it is, then the page. Paths are compared as they come, byte by byte, so that
/// there is nothing to climb out of.
struct Reception: HTTPResponder {
  /// What a request came in on.
  struct Context: InitializableFromSource {
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
      channel = source.channel
    }
  }

  let settings: DashboardSettings
  let office: DashboardOffice
  let gate: Gate
  let feed: LiveFeed
  let census: Census
  let pages: Pages

  init(
    settings: DashboardSettings, office: DashboardOffice, gate: Gate, feed: LiveFeed, census: Census
  ) throws {
    self.settings = settings
    self.office = office
    self.gate = gate
    self.feed = feed
    self.census = census
    pages = Pages(settings: settings, office: office, census: census, feed: feed, renderer: try PageRenderer())
  }

  func respond(to request: Request, context: Context) async throws -> Response {
    let reply = await reply(to: request, address: context.channel.remoteAddress?.ipAddress ?? "")
    return reply.response(isHead: request.method == .head)
  }

  private func reply(to request: Request, address: String) async -> Reply {
    let headers = Self.headers(request)
    guard gate.knowsHost(headers.host) else {
      return .text(421, "This name is not one of this dashboard's; --allow-host NAME adds one.")
    }
    let (path, query) = (request.uri.path, FormFields(request.uri.query ?? ""))
    do {
      switch request.method {
      // A stream has no head of its own, and nobody would read it.
      case .head where path == "/events": return .text(405, "Only GET is known here.")
      case .get, .head: return try await get(path, query, headers, address: address)
      case .post: return try await post(path, request, headers, address: address)
      default:
        var reply = Reply.text(405, "Only GET, HEAD and POST are known here.")
        reply.headers.append(("Allow", "GET, HEAD, POST"))
        return reply
      }
    } catch {
      office.logger.error("the dashboard could not make a page", metadata: ["path": "\(path)", "reason": "\(error)"])
      return pages.notice(
        503, "The store does not answer", "This page comes back by itself once it does. The log says more.",
        for: .stranger)
    }
  }

  private static func headers(_ request: Request) -> Gate.Headers {
    func value(_ name: String) -> String? { HTTPField.Name(name).flatMap { request.headers[$0] } }
    return Gate.Headers(
      host: request.head.authority ?? value("Host"), authorization: request.headers[.authorization],
      cookie: request.headers[.cookie], origin: request.headers[.origin], fetchSite: value("Sec-Fetch-Site"),
      forwardedScheme: value("X-Forwarded-Proto"))
  }

  // MARK: Reading

  private func get(
    _ path: String, _ query: FormFields, _ headers: Gate.Headers, address: String
  ) async throws -> Reply {
    if let file = Assets.all.first(where: { $0.path == path }) {
      return Reply(
        status: 200, contentType: file.contentType, body: .bytes(file.bytes),
        cacheControl: "public, max-age=31536000, immutable")
    }
    switch path {
    case "/healthz": return .text(200, "ok")
    case "/readyz":
      let readiness = await Readiness.ask(office.store)
      return .text(readiness.isReady ? 200 : 503, readiness.text)
    case "/metrics" where settings.isOnLoopback: return try await pages.metrics(streams: feed.count)
    default: break
    }
    guard let visitor = gate.visitor(headers, address: address, now: .now) else { return Self.tooMany }
    if path == "/sign-in", settings.token != nil { return visitor == .stranger ? pages.signIn() : .seeOther("/") }
    guard visitor.mayRead else {
      // Where somebody wanted to go does not matter to a program, and tells a stranger nothing.
      let wantsPage = pages.isPage(path)
      return wantsPage ? .seeOther("/sign-in") : Self.unauthorized
    }
    switch path {
    case "/metrics": return try await pages.metrics(streams: feed.count)
    case "/events":
      guard let stream = feed.open() else {
        var reply = Reply.text(503, "Too many pages are open.")
        reply.headers.append(("Retry-After", "10"))
        return reply
      }
      return Reply(status: 200, contentType: LiveFeed.contentType, body: .stream(stream))
    default: return try await pages.page(path, query, for: visitor)
    }
  }

  // MARK: Changing

  private func post(
    _ path: String, _ request: Request, _ headers: Gate.Headers, address: String
  ) async throws -> Reply {
    let body: ByteBuffer
    do {
      body = try await request.body.collect(upTo: DashboardSettings.requestBytesMax)
    } catch {
      return .text(413, "A form has at most \(DashboardSettings.requestBytesMax) bytes.")
    }
    let form = FormFields(String(decoding: body.readableBytesView, as: UTF8.self))
    guard Gate.isFromOwnPage(headers) else {
      return .text(403, "This form was not sent from a page of this dashboard.")
    }
    if path == "/sign-in", settings.token != nil { return signIn(form, headers, address: address) }
    guard let visitor = gate.visitor(headers, address: address, now: .now) else { return Self.tooMany }
    guard let session = visitor.session else {
      guard settings.token == nil else { return Self.unauthorized }
      return pages.notice(
        403, "Changes are switched off", "\(Pages.howToChange) Nothing was changed.", for: visitor)
    }
    guard let token = form["form_token"], ConstantTime.equals(token, session.formToken) else {
      return pages.notice(
        403, "This form is out of date", "Nothing was changed. Go back, load the page again, and send it once more.",
        for: visitor)
    }
    if path == "/sign-out" { return signOut(headers) }
    return try await Changes(office: office, pages: pages).perform(path, form, by: session)
  }

  private func signIn(_ form: FormFields, _ headers: Gate.Headers, address: String) -> Reply {
    guard let name = form["name"], name.count <= 60,
      !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
    else {
      return pages.signIn(
        problem: "Say who you are, in up to 60 characters: changes are recorded under it.", status: 400)
    }
    guard let isRight = gate.knowsToken(form["token"] ?? "", address: address, now: .now) else { return Self.tooMany }
    guard isRight else { return pages.signIn(problem: "That is not the token.", status: 401) }
    let id = gate.sessions.begin(name: name, now: .now)
    var reply = Reply.seeOther("/")
    reply.headers.append(("Set-Cookie", Self.cookie(id, maxAge: Int(Sessions.lifetime.components.seconds), headers)))
    return reply
  }

  private func signOut(_ headers: Gate.Headers) -> Reply {
    if let id = Gate.sessionID(headers.cookie) { gate.sessions.end(id) }
    var reply = Reply.seeOther("/sign-in")
    reply.headers.append(("Set-Cookie", Self.cookie("", maxAge: 0, headers)))
    return reply
  }

  private static func cookie(_ id: String, maxAge: Int, _ headers: Gate.Headers) -> String {
    "\(Gate.cookieName)=\(id); Path=/; Max-Age=\(maxAge); HttpOnly; SameSite=Strict"
      + (headers.forwardedScheme?.lowercased() == "https" ? "; Secure" : "")
  }

  private static var tooMany: Reply {
    var reply = Reply.text(429, "Too many wrong attempts. Try again in a minute.")
    reply.headers.append(("Retry-After", "60"))
    return reply
  }

  private static var unauthorized: Reply {
    var reply = Reply.text(401, "The token is needed: Authorization: Bearer …, or sign in at /sign-in.")
    reply.headers.append(("WWW-Authenticate", "Bearer"))
    return reply
  }
}
