# One image for every role: docker run IMAGE serve | ssh-edge | web-edge | broker
ARG NODE_VERSION=26.10.0

# Compiles the sources. The full image has the compiler that ssh2's ciphers need, and Node's headers, so nothing is downloaded for that.
FROM node:${NODE_VERSION} AS build
ENV npm_config_nodedir=/usr/local
WORKDIR /build/shipmate
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts ./scripts
COPY types ./types
COPY libs ./libs
COPY apps ./apps
RUN node scripts/build.mjs

# The packages that run with it, and the list of them.
# npm calls what it lists by the name of its folder.
FROM node:${NODE_VERSION} AS packages
ENV npm_config_nodedir=/usr/local
WORKDIR /packages/shipmate
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund
RUN npm sbom --omit=dev --package-lock-only --sbom-format=cyclonedx > sbom.cdx.json && mkdir /data

FROM node:${NODE_VERSION}-slim
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Shipmate" \
      org.opencontainers.image.description="Self-hosted terminal sharing that speaks tmate" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
WORKDIR /app
COPY --from=packages /packages/shipmate ./
COPY --from=build /build/shipmate/dist/apps ./dist/apps
COPY --from=build /build/shipmate/dist/chunks ./dist/chunks
COPY LICENSE ./
# For operators: docker exec … shipmate sessions
RUN chmod 755 dist/apps/shipmate/src/main.js && ln -s /app/dist/apps/shipmate/src/main.js /usr/local/bin/shipmate
# The only folder that is written to, and only if a process is not given secrets and host keys.
COPY --from=packages --chown=65532:65532 /data /data
ENV NODE_ENV=production \
    SHIPMATE_BIND=0.0.0.0 \
    SHIPMATE_DATA_DIR=/data
VOLUME /data
USER 65532:65532
EXPOSE 2222 8080 8079
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["node", "/app/dist/apps/shipmate/src/main.js", "ready"]
ENTRYPOINT ["node", "/app/dist/apps/shipmate/src/main.js"]
CMD ["serve"]
