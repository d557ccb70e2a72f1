import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Cuts off whoever is too slow: to send the head of a request, its body, or to take an answer that is no stream. A silent
/// connection between two requests may stay a little longer.
final class PatienceHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let requestTime: TimeAmount
  private let idleTime = TimeAmount.seconds(60)
  private let answerTime = TimeAmount.seconds(60)
  // Touched on the channel's event loop alone.
  private var deadline: Scheduled<Void>?

  init(requestTime: Duration) {
    self.requestTime = TimeAmount(requestTime)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    expect(within: requestTime, context)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    deadline?.cancel()
  }

  func channelInactive(context: ChannelHandlerContext) {
    deadline?.cancel()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head: expect(within: requestTime, context)
    case .body: break
    case .end: expect(within: answerTime, context)
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(let head):
      if head.headerFields[.contentType] == LiveFeed.contentType { deadline?.cancel() }
    case .body: break
    case .end: expect(within: idleTime, context)
    }
    context.write(data, promise: promise)
  }

  private func expect(within time: TimeAmount, _ context: ChannelHandlerContext) {
    deadline?.cancel()
    let channel = context.channel
    deadline = context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
  }
}
