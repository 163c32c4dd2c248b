#!/usr/bin/env bash
# System parts that tests use. Installs what is missing where it may (root on Debian or Ubuntu);
# elsewhere names it, and the tests that need it are skipped with that reason.
set -u
missing=()
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || missing+=(postgresql)
command -v node >/dev/null || missing+=(nodejs)
command -v npm >/dev/null || missing+=(npm)
command -v wrk >/dev/null || missing+=(wrk)
[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || missing+=(rabbitmq-server)
command -v redis-server >/dev/null || missing+=(redis-server)
command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || missing+=(nginx-light)
command -v openssl >/dev/null || missing+=(openssl)
ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 || missing+=(faketime)
command -v chromium >/dev/null || command -v google-chrome >/dev/null || missing+=(chromium)
fc-list :lang=zh 2>/dev/null | grep -q . || missing+=(fonts-noto-cjk)
command -v msgfmt >/dev/null || missing+=(gettext)

if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing system parts for the tests: ${missing[*]} …"
    export DEBIAN_FRONTEND=noninteractive
    # Tests start servers of their own: what is installed here starts none on this machine.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
      trap 'rm -f "$policy"' EXIT
      printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 0755 "$policy"
    fi
    apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null \
      || echo "Some could not be installed; their tests will say so."
  else
    echo "Not installed, tests that need them are skipped: ${missing[*]}"
  fi
fi

if command -v npm >/dev/null && [ ! -d tests/contract/npm/node_modules ] && [ -f tests/contract/npm/package.json ]; then
  echo "Installing the Aliyun clients for Node.js …"
  (cd tests/contract/npm && npm ci --silent --no-audit --no-fund) || echo "npm ci failed; its tests will say so."
fi
exit 0
