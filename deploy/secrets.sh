#!/bin/sh
# Makes the secrets that docker-compose.yml names, as far as they are missing: sh deploy/secrets.sh
# Run as root, each file belongs to the user of the one service that reads it, and to nobody else.
set -eu
umask 077
folder=${1:-$(dirname "$0")/secrets}

random() { od -An -tx1 -N32 /dev/urandom | tr -d ' \n'; }

# secret NAME OWNER TEXT: written whole or not at all.
secret() {
  [ -e "$folder/$1" ] && return
  printf '%s\n' "$3" >"$folder/.$1.new"
  chmod 0400 "$folder/.$1.new"
  if [ "$(id -u)" = 0 ]; then chown "$2" "$folder/.$1.new"; fi
  mv "$folder/.$1.new" "$folder/$1"
  echo "made $folder/$1"
}

mkdir -p "$folder"
database=$(random) broker=$(random)
if [ ! -e "$folder/postgres_password" ] && [ ! -e "$folder/database_url" ]; then
  secret postgres_password 999 "$database"
  secret database_url 10001 "postgres://kms:$database@postgres/kms"
fi
if [ ! -e "$folder/rabbitmq.conf" ] && [ ! -e "$folder/broker_url" ]; then
  secret rabbitmq.conf 999 "default_user = kms
default_pass = $broker"
  secret broker_url 10001 "amqp://kms:$broker@rabbitmq//"
fi
secret root_key 10001 "$(random)"
for name in tls_certificate.pem tls_key.pem; do
  [ -e "$folder/$name" ] || echo "missing: $folder/$name (yours, in PEM, for user 101)"
done
