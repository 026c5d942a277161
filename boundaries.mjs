// The architecture on one page: who may depend on whom, and which outside libraries each may use.
// Nx fails lint on anything that is not written here, and a test compares this table with the drawing
// in docs/architecture.md and with the project graph.
export const boundaries = {
  protocol: { may: [], uses: ['zod', 'msgpackr'] },
  namespace: { may: ['protocol'], uses: [] },
  executor: { may: ['protocol', 'namespace'], uses: ['acorn', 'acorn-walk', 'zod'] },
  promises: { may: ['protocol'], uses: ['@resonatehq/sdk', '@resonatehq/sdk/async', '@resonatehq/sdk/postgres', 'cron-parser', 'pg'] },
  'event-store': { may: ['protocol'], uses: ['zod', 'pg'] },
  'context-cache': { may: ['protocol', 'event-store'], uses: ['graphology', 'jsonc-parser', 'oxc-parser', 'typescript', 'zod', 'ai', 'ai/test'] },
  orchestrator: { may: ['protocol', 'executor', 'promises', 'event-store', 'context-cache'], uses: ['ai', 'ai/test', 'zod'] },
  server: { may: ['protocol', 'orchestrator'], uses: ['@modelcontextprotocol/server', 'fastify', 'ws', 'zod'] },
  client: { may: ['protocol'], uses: [] },
  'reference-server': {
    may: ['protocol', 'executor', 'promises', 'event-store', 'context-cache', 'orchestrator', 'server', 'client'],
    uses: ['*'],
  },
  workspace: { may: ['*'], uses: ['*'] },
};
