/**
 * The control thread of a worker: owns the channel to the host and everything that must go on while user code blocks
 * the main thread. It compiles cells, starts them on the main thread, forwards output, and stops them.
 */
import { Socket } from 'node:net';
import { workerData } from 'node:worker_threads';
import { assertCompatibleVersion, Connection, createMessage, isHoldfastError, protocolVersion, toWireError, type Message, type MessageOf } from '@holdfast/protocol';
import { createStreamTransport } from '@holdfast/protocol/node';
import { stayAwake, wakefulMs } from '../stay-awake.ts';
import { decodeSettings } from '../worker-settings.ts';
import type { Checkpoints } from './checkpoint.ts';
import { CellRunner } from './cell-runner.ts';
import { Heartbeat } from './heartbeat.ts';
import { MainThread } from './inspector.ts';
import { toolsName, type ControlThreadData } from './main-thread-tools.ts';
import { createMemoryWatch, watchNothing } from './memory-watch.ts';
import { OpenQuestions } from './open-questions.ts';
import { Outbox } from './outbox.ts';
import { RingReader } from './output-ring.ts';
import { answerPlaces } from './place-desk.ts';
import { Progress } from './progress.ts';
import { Turns } from './turns.ts';

/** The descriptor of the channel, which user output never shares. */
const channelDescriptor = 3;

export async function startControlThread(): Promise<void> {
  // What a thread is started with has no type of its own; this package starts it.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const { ring, progress: progressMemory, checkpoints: port, turns: turnPort, questions: questionPort, bell, places } = workerData as ControlThreadData;
  const settings = decodeSettings(process.argv[2]);
  const { maxMemoryBytes: maxBytes, heartbeatIntervalMs } = settings;
  const transport = createStreamTransport(new Socket({ fd: channelDescriptor }));
  const progress = new Progress(progressMemory);
  progress.waitUntilReady();
  const mainThread = new MainThread();
  const tools = await mainThread.takeGlobal(toolsName);
  const questions = new OpenQuestions(questionPort, bell, (ordinal) => runner.identify(ordinal));
  const outbox = new Outbox(new RingReader(ring), transport, {
    identify: (ordinal) => runner.identify(ordinal),
    onExit: (ordinal, code) => runner.exit(ordinal, code),
    takeQuestion: (ordinal) => questions.take(ordinal),
    inUserTerms: (stack) => runner.inUserTerms(stack),
  });
  const runner = new CellRunner(mainThread, tools, progress, new Turns(turnPort, progress), outbox, maxBytes === undefined ? watchNothing : createMemoryWatch({ maxBytes, stopProcess }), settings);
  const loadCheckpoints = async (): Promise<Checkpoints> => {
    const loaded = await import('./checkpoint.ts');
    return new loaded.Checkpoints(mainThread, tools, port, runner.known);
  };
  answerPlaces(places.port, places.bell, runner.findPosition);
  const heartbeat = new Heartbeat(outbox, () => runner.namespaceSize, heartbeatIntervalMs);

  const connection = new Connection(transport, (message) => {
    handle(message).catch(stopProcess);
  });
  outbox.pump().catch(stopProcess);
  connection.closed.then(stopProcess, stopProcess);

  async function handle(message: Message): Promise<void> {
    switch (message.type) {
      case 'hello':
        await greet(message);
        heartbeat.start();
        await runner.warmUp();
        return;
      case 'execution':
        stayAwake(wakefulMs);
        await runner.run(message);
        stayAwake(wakefulMs); // the next one may follow at once
        return;
      case 'cancel':
        return runner.cancel(message.executionId, message.by, { isWaking: questions.cancel(message.executionId, message.by) });
      case 'input-response':
      case 'capability-response':
      case 'refusal':
        return questions.answer(message);
      case 'capability-offer':
        await mainThread.call(tools, 'offer', { value: JSON.stringify(message.capabilities) });
        return;
      case 'namespace-query':
        return answer(message, async () => createMessage('namespace-listing', { correlationId: message.id, names: await runner.listNames() }));
      case 'completion-query':
        return answer(message, async () => createMessage('completion-listing', { correlationId: message.id, ...(await runner.complete(message.code)) }));
      case 'namespace-clear':
        return answerBetweenCells(message, async () => createMessage('namespace-cleared', { correlationId: message.id, ...(await runner.clearNames()) }));
      case 'checkpoint':
        return answerBetweenCells(message, async () =>
          createMessage('checkpoint-taken', { correlationId: message.id, ...(await (await loadCheckpoints()).take(message.checkpointId, runner.lastExecutionId)) }),
        );
      case 'restore':
        return answerBetweenCells(message, async () => createMessage('restored', { correlationId: message.id, ...(await (await loadCheckpoints()).restore(message.checkpoint)) }));
      case 'shutdown':
        return stopProcess();
      default: // what only a worker sends, or a newer version knows
    }
  }

  /** Does something between two cells and sends what came of it. */
  async function answerBetweenCells(asked: Message, step: () => Promise<Message>): Promise<void> {
    await answer(asked, async () => runner.betweenCells(step));
  }

  /** Sends what came of something, an error of ours too. */
  async function answer(asked: Message, step: () => Promise<Message>): Promise<void> {
    try {
      await reply(asked, await step());
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      await outbox.put(createMessage('refusal', { correlationId: asked.id, error: toWireError(error) }));
    }
  }

  /** Sends an answer; of one that is too large for the channel, that it is. */
  async function reply({ id }: Message, message: Message): Promise<void> {
    try {
      await outbox.put(message);
    } catch (error) {
      if (!isHoldfastError(error, 'HOLDFAST_PROTOCOL_FRAME_TOO_LARGE')) throw error;
      await outbox.put(createMessage('refusal', { correlationId: id, error: toWireError(error) }));
    }
  }

  async function greet(message: MessageOf<'hello'>): Promise<void> {
    assertCompatibleVersion(message.protocolVersion);
    await outbox.put(createMessage('ready', { correlationId: message.id, protocolVersion, pid: process.pid, nodeVersion: process.versions.node }));
  }
}

/** Without a host nobody needs this process, and a blocked main thread hears nothing milder. */
function stopProcess(): void {
  process.kill(process.pid, 'SIGKILL');
}
