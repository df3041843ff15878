import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnv } from './env.ts';

/** GET /openapi.json: OpenAPI 3.1, written from the schemas of the routes. */
export function openApiRoutes(app: OpenAPIHono<HttpEnv>, version: () => string): void {
  app.openAPIRegistry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' });
  app.get('/openapi.json', (c) =>
    c.json(
      app.getOpenAPI31Document({
        openapi: '3.1.0',
        info: { title: 'Windsock', version: version(), description: 'The observability sidecar for Apache Airflow.' },
        servers: [{ url: '/' }],
        security: [{ token: [] }],
      }),
    ),
  );
}
