import type { FastifyInstance } from 'fastify';
import type { HoldfastService } from '@holdfast/orchestrator';
import type { PrometheusMetrics } from '../observability/prometheus.ts';
import type { Limits } from './limits.ts';
import { openApiDocument } from './openapi.ts';
import { answer, type Router } from './route.ts';

export interface ServerRoutesOptions {
  readonly service: HoldfastService;
  readonly metrics: PrometheusMetrics;
  readonly limits: Limits;
  readonly version: string;
  readonly draining: AbortSignal;
}

/** What the server says of itself. */
export function addServerRoutes(app: FastifyInstance, router: Router, { service, metrics, limits, version, draining }: ServerRoutesOptions): void {
  router.serve('getHealth', async () => {
    const { isHealthy, checks } = await service.checkHealth();
    return isHealthy ? answer(200, { status: 'ok', checks }) : answer(503, { status: 'degraded', checks });
  });
  router.serve('getLiveness', async () => answer(200, { status: 'alive' }));
  router.serve('getReadiness', async () => (draining.aborted ? answer(503, { status: 'draining' }) : answer(200, { status: 'ready' })));

  const document = openApiDocument(version);
  app.get('/openapi.json', { config: { operation: 'openapi', open: true } }, async () => document);
  app.get('/metrics', { config: { operation: 'metrics' } }, async (_request, reply) => {
    metrics.set('holdfast_http_requests_under_way', limits.underWay);
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(metrics.render());
  });
}
