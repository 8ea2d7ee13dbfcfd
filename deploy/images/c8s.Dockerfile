# The image of c8s for clusters that pull from ordinary registries. Same contents as image `c8s` of images.ts.
# Build it from the checkout's root, after `npm run build`: docker build -f deploy/images/c8s.Dockerfile -t c8s .
FROM debian:bookworm-slim AS busybox
RUN apt-get update && apt-get install -y --no-install-recommends busybox-static

FROM node:24-bookworm-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates git openssh-client \
  && rm -rf /var/lib/apt/lists/* /opt/yarn-* /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/yarn /usr/local/bin/yarnpkg /usr/local/bin/corepack \
  && groupadd --gid 65532 c8s \
  && useradd --uid 65532 --gid 65532 --create-home --shell /bin/sh c8s
COPY --from=busybox /bin/busybox /app/busybox
COPY --chmod=755 src/agent/step-driver.sh /app/step
COPY --chmod=755 src/agent/prepare.sh /app/prepare
COPY --chmod=755 src/agent/prepare.sh /app/prepare
COPY dist/ /app/
ENV HOME=/home/c8s NODE_ENV=production
WORKDIR /app
USER 65532
ENTRYPOINT ["/usr/local/bin/node", "/app/c8s.mjs"]
