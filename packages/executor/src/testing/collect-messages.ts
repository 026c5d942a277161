import type { Message, MessageOf, MessageType } from '@holdfast/protocol';
import type { Interceptor } from '../session/router.ts';

export interface CollectedMessages extends Disposable {
  readonly messages: readonly Message[];
  ofType<Type extends MessageType>(type: Type): readonly MessageOf<Type>[];
  /** Collects no more. */
  stop(): void;
}

/** Collects the messages of a session's worker, as an interceptor: a second reader would take them from the session. */
export function collectMessages(session: { intercept(interceptor: Interceptor): () => void }): CollectedMessages {
  const messages: Message[] = [];
  const stop = session.intercept(function collect(message) {
    messages.push(message);
  });
  return {
    messages,
    ofType: <Type extends MessageType>(type: Type) => messages.filter((message): message is MessageOf<Type> => message.type === type),
    stop,
    [Symbol.dispose]: stop,
  };
}
