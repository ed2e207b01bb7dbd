# syntax=docker/dockerfile:1
FROM oven/bun:1.4.5-slim AS packages
WORKDIR /app
COPY package.json bun.lock bunfig.toml ./
COPY patches patches
COPY apps/server/package.json apps/server/
COPY bench/package.json bench/
COPY deploy/package.json deploy/
COPY examples/plugin-print/package.json examples/plugin-print/
COPY packages/client/package.json packages/client/
COPY packages/core/package.json packages/core/
COPY packages/plugins/compress/package.json packages/plugins/compress/
COPY packages/plugins/filters/package.json packages/plugins/filters/
COPY packages/plugins/geometry/package.json packages/plugins/geometry/
COPY packages/plugins/mask/package.json packages/plugins/mask/
COPY packages/plugins/overlay/package.json packages/plugins/overlay/
COPY packages/plugins/source/package.json packages/plugins/source/
COPY packages/plugins/thumbnail/package.json packages/plugins/thumbnail/
RUN bun install --frozen-lockfile --production

FROM oven/bun:1.4.5-slim
# Chinese, Japanese and Korean, which are too large for packages.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends fonts-noto-cjk \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=packages /app ./
COPY apps/server apps/server
COPY packages packages
RUN mkdir -p /data/fs /data/db /data/tmp && chown -R 1000:1000 /data
ENV PROGIMAGE_DATA_DIR=/data \
    PROGIMAGE_FONTS_DIR=/usr/share/fonts \
    PROGIMAGE_HOST=0.0.0.0 \
    PROGIMAGE_PORT=3000
USER 1000:1000
EXPOSE 3000
VOLUME ["/data/fs", "/data/db"]
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["bun", "--eval", "process.exit((await fetch(`http://127.0.0.1:${process.env.PROGIMAGE_PORT}/readyz`)).ok ? 0 : 1)"]
# The operator must set PROGIMAGE_ACCESS: with open, everyone who reaches the port may use the server; with keys, callers need a key.
CMD ["bun", "apps/server/main.ts"]
