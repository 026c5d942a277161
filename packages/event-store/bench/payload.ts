/** What every store of the benchmark keeps: about 340 bytes of JSON, as a tool call of an agent makes them. */
export const data = {
  tool: 'edit_file',
  arguments: { path: 'src/server/routes/tasks.ts', line: 120, column: 8 },
  result: { ok: true, changed: 14, bytes: 5312, durationMs: 37.25 },
  model: 'local-7b',
  tokens: { prompt: 1820, completion: 344 },
  labels: ['refactor', 'typescript', 'server'],
  note: 'Renamed the handler and moved validation to the edge',
  attempt: 1,
};

export const type = 'TOOL_CALLED';

export const note = { type, data };
