import { Connection, createMemoryTransports, createMessage, type Message, type MessageInput, type MessageType } from '@holdfast/protocol';
import type { StartWorker, WorkerEvents, WorkerExit, WorkerOptions, WorkerProcess } from '../process/worker-process.ts';

/** What a scripted worker does with a message of the host. */
export type WorkerScript = (message: Message, worker: ScriptedWorker) => void | Promise<void>;

/** A worker without a process, which does what a script says. It speaks through the transport that lives in memory. */
export class ScriptedWorker {
  readonly pid: number;
  readonly options: WorkerOptions;
  /** What the host sent, in order. */
  readonly received: Message[] = [];
  readonly signals: string[] = [];
  readonly process: WorkerProcess;
  readonly #exited = Promise.withResolvers<WorkerExit>();
  readonly #connection: Connection;
  #events: WorkerEvents | undefined;

  constructor(pid: number, options: WorkerOptions, script: WorkerScript) {
    this.pid = pid;
    this.options = options;
    const [host, worker] = createMemoryTransports();
    this.#connection = new Connection(worker, (message) => {
      this.received.push(message);
      void script(message, this);
    });
    this.process = {
      pid,
      connection: new Connection(host, (message) => this.#events?.onMessage(message)),
      exited: this.#exited.promise,
      listen: (events) => {
        this.#events = events;
      },
      signal: (signal) => {
        this.signals.push(signal);
        void this.exit({ code: null, signal });
        return true;
      },
    };
  }

  /** Says something to the host; with `to`, in answer to a message of it. */
  async send<Type extends MessageType>(type: Type, fields: MessageInput<Type>, to?: Message): Promise<void> {
    await this.#connection.send({ ...createMessage(type, fields), ...(to && { correlationId: to.id }) });
  }

  /** Is gone, as a process that ended. */
  async exit({ code = null, signal = null, stderr = '' }: Partial<WorkerExit>): Promise<void> {
    await this.#connection.close();
    this.#exited.resolve({ code, signal, stderr });
  }
}

/** Starts scripted workers, for the `startWorker` of a session. */
export function scriptWorkers(script: WorkerScript): { readonly start: StartWorker; readonly workers: readonly ScriptedWorker[] } {
  const workers: ScriptedWorker[] = [];
  const start: StartWorker = async (options) => {
    const worker = new ScriptedWorker(workers.length + 1, options, script);
    workers.push(worker);
    return worker.process;
  };
  return { start, workers };
}
