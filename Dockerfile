# syntax=docker/dockerfile:1
# The gateway, and with another command the line simulator: one binary on a small Debian, run by a user of its own.
FROM rust:1-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --package faxgate-server --bin faxgate \
    && cp target/release/faxgate /usr/local/bin/faxgate

FROM debian:bookworm-slim
# Certificates for carriers, webhooks and object stores; nothing else.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 faxgate \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/faxgate --shell /usr/sbin/nologin faxgate \
    && install --directory --owner faxgate --group faxgate --mode 0750 \
        /var/lib/faxgate /var/spool/faxgate /var/spool/faxgate/tx /var/spool/faxgate/rx /var/spool/faxgate/cdr
COPY --from=build /usr/local/bin/faxgate /usr/local/bin/faxgate
USER 10001:10001
WORKDIR /var/lib/faxgate
VOLUME ["/var/lib/faxgate", "/var/spool/faxgate"]
EXPOSE 8585
ENTRYPOINT ["faxgate"]
CMD ["serve"]
