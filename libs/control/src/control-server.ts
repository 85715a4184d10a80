import { isShipmateError, type Disposable, type EdgeId } from '#kernel';
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
): Promise<Disposable> {
  const answer = async ({ nonce, request }: Asked): Promise<Answered> => {
    try {
      return { nonce, reply: await handle(request) };
    } catch (error) {
      if (!isShipmateError(error)) failed(error);
      return { nonce, fault: isShipmateError(error) ? error.message : 'the edge made a mistake' };
    }
  };
  return await bus.subscribe(controlChannel(edge), {
    message(bytes) {
      const asked = decodeControl(bytes);
      const { nonce, replyTo, request } = asked ?? {};
      if (nonce === undefined || replyTo === undefined || request === undefined) return;
      answer({ nonce, replyTo, request })
        .then(async (answered) => await bus.publish(controlChannel(replyTo), encodeControl(answered)))
        .catch(failed);
    },
  });
}
