import { isShipmateError, NO_TRACER, traced, type Disposable, type EdgeId, type Tracer } from '#kernel';
import type { Bus } from '#relay';
import {
  controlChannel,
  decodeControl,
  encodeControl,
  type Answered,
  type Asked,
  type ControlHandler,
} from './control.js';

/** Lets brokers ask things of this edge until it is disposed. */
export async function serveControl(
  bus: Bus,
  edge: EdgeId,
  handle: ControlHandler,
  failed: (error: unknown) => void,
  tracer: Tracer = NO_TRACER,
): Promise<Disposable> {
  const answer = async ({ nonce, request, trace }: Asked): Promise<Answered> => {
    const session = 'session' in request ? { 'shipmate.session.id': request.session } : {};
    const attributes = { 'shipmate.control.kind': request.kind, ...session };
    try {
      const reply = await traced(tracer, 'control.do', { parent: trace ?? 'none', attributes }, async () => {
        return await handle(request);
      });
      return { nonce, reply };
    } catch (error) {
      if (!isShipmateError(error)) failed(error);
      return { nonce, fault: isShipmateError(error) ? error.message : 'internal error at the edge' };
    }
  };
  return await bus.subscribe(controlChannel(edge), {
    message(bytes) {
      const asked = decodeControl(bytes);
      const { nonce, replyTo, request, trace } = asked ?? {};
      if (nonce === undefined || replyTo === undefined || request === undefined) return;
      answer({ nonce, replyTo, request, ...(trace === undefined ? {} : { trace }) })
        .then(async (answered) => await bus.publish(controlChannel(replyTo), encodeControl(answered)))
        .catch(failed);
    },
  });
}
