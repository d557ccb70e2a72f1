import NIOCore

/// Closes a connection once the client has closed its side, for a connection that asked for it by the event `HoldOpen`.
///
/// The server keeps half-closed connections open otherwise, and a silent one would notice nothing, since it never
/// writes. (Hummingbird's own `consumeWithInboundCloseHandler` must not meet a body that was read already.)
final class HangUpHandler: ChannelDuplexHandler, RemovableChannelHandler {
  /// From now on no answer will come: close when the client does.
  struct HoldOpen: Sendable {}

  typealias InboundIn = Never
  typealias OutboundIn = Never

  // Touched on the channel's event loop alone.
  private var isHeldOpen = false
  private var isInputClosed = false

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed? = event as? ChannelEvent {
      isInputClosed = true
      closeIfDone(context)
    }
    context.fireUserInboundEventTriggered(event)
  }

  func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
    guard event is HoldOpen else {
      context.triggerUserOutboundEvent(event, promise: promise)
      return
    }
    isHeldOpen = true
    promise?.succeed()
    closeIfDone(context)
  }

  private func closeIfDone(_ context: ChannelHandlerContext) {
    if isHeldOpen && isInputClosed { context.close(promise: nil) }
  }

  /// Returns when the client has closed its side of `channel`, or the calling task is cancelled; the channel is closed
  /// then.
  static func waitUntilClosed(_ channel: any Channel) async {
    await withTaskCancellationHandler {
      channel.triggerUserOutboundEvent(HoldOpen(), promise: nil)
      do { try await channel.closeFuture.get() } catch {
        // A channel that closed with an error is closed all the same.
      }
    } onCancel: {
      channel.close(promise: nil)
    }
  }
}
