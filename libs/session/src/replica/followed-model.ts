import { MODEL_LIMITS, uncounted, type Account, type Clock } from '#kernel';
import { encodeHostMessage, HostMessageDecoder } from '#tmate-protocol';
import { SessionModel } from '../model/session-model.js';
import { readModel } from '../wire/model-snapshot.js';

/** A replica's copy of the session's model: begins with a snapshot, and continues with the host's own messages. */
export class FollowedModel {
  #decoder: HostMessageDecoder | undefined;

  constructor(
    /** What is shown now. */
    public model: SessionModel,
    private readonly clock: Clock,
    /** What it takes is counted below this. */
    private readonly ledger: Account = uncounted(),
  ) {}

  /** Takes a packed model in place of the one it had; `changed` is called for each change from now on. */
  replace(packed: Uint8Array, changed: () => void): void {
    const account = this.ledger.open(MODEL_LIMITS);
    const model = this.#unpacked(packed, account);
    const former = this.model;
    model.continueFrom(former);
    model.onChange = changed;
    former.onChange = undefined;
    this.model = model;
    former.dispose();
    this.#decoder = decoderFor(model);
  }

  /** More of what the host said. Without a snapshot before it, it means nothing. */
  push(bytes: Uint8Array): void {
    this.#decoder?.push(bytes);
  }

  dispose(): void {
    this.model.onChange = undefined;
    this.model.dispose();
  }

  #unpacked(packed: Uint8Array, account: Account): SessionModel {
    try {
      return readModel(packed, this.clock, account);
    } catch (error) {
      account.close();
      throw error;
    }
  }
}

/** Reads on where the model's host is. What an old client says is read by the version in its header. */
function decoderFor(model: SessionModel): HostMessageDecoder {
  const decoder = new HostMessageDecoder({
    onMessage: (message) => {
      if (message.type !== 'header') model.apply(message);
    },
  });
  if (model.version !== undefined) decoder.push(encodeHostMessage({ type: 'header', ...model.version }));
  return decoder;
}
