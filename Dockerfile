# Windsock as an image: docker build -t windsock .
# It needs a database of its own (store.database_url): the embedded PostgreSQL is not in it.
# Node is the one that package.json pins; a test holds the two together.
FROM node:24.21.0-slim AS base
WORKDIR /app

FROM base AS build
COPY package.json package-lock.json ./
# No install scripts: TypeScript needs none, and the `node` package would fetch what the image is.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/build.ts scripts/build.ts
COPY src src
RUN node scripts/build.ts

FROM base AS dependencies
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts && npm cache clean --force

FROM base
ENV NODE_ENV=production \
    WINDSOCK_STORE_DATA_DIR=/data
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE NOTICE ./
COPY bin bin
COPY docs/airflow-role.sql docs/airflow-role.sql
RUN mkdir /data && chown 1000:1000 /data
# By number, so that Kubernetes can tell that it is not root.
USER 1000:1000
VOLUME /data
EXPOSE 9112
# The root file system may be read-only; /tmp then wants to be a tmpfs, where Node keeps what it compiled.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.WINDSOCK_HTTP_PORT || 9112}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "bin/windsock.cjs"]
CMD ["serve"]
