#!/bin/bash
# nginx as root with its workers under another user, as in its own images.
set -eu
# shellcheck source=ask.sh
. /software/ask.sh
cat >/tmp/nginx.conf <<'END'
user www-data;
worker_processes 2;
pid /run/nginx.pid;
error_log /tmp/nginx.log info;
events { }
http {
  access_log off;
  client_body_temp_path /tmp/body;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi;
  scgi_temp_path /tmp/scgi;
  aio threads;
  server {
    listen 127.0.0.1:80;
    root /tmp/www;
  }
}
END
mkdir /tmp/www
echo 42 >/tmp/www/index.html
nginx -c /tmp/nginx.conf
answer=$(ask http://127.0.0.1/) || { cat /tmp/nginx.log; exit 1; }
nginx -c /tmp/nginx.conf -s reload 2>/tmp/said  # what it did: newer ones tell it
[ "$(ask http://127.0.0.1/)" = "$answer" ]
nginx -c /tmp/nginx.conf -s quit 2>/tmp/said
echo "answer: $answer"
