#!/bin/bash
# Requests a second of nginx to one curl, in millions a second.
cd /tmp && mkdir www && echo 42 >www/index.html
cat >nginx.conf <<'END'
user www-data;
worker_processes 1;
pid /run/nginx.pid;
error_log /tmp/nginx.log;
events { }
http {
  access_log off;
  client_body_temp_path /tmp/body; proxy_temp_path /tmp/proxy; fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi; scgi_temp_path /tmp/scgi;
  server { listen 127.0.0.1:80; root /tmp/www; keepalive_requests 1000000; }
}
END
nginx -c /tmp/nginx.conf
curl -s --retry 20 --retry-connrefused -o /dev/null http://127.0.0.1/
begun=${EPOCHREALTIME/./}
curl -s -o /dev/null "http://127.0.0.1/?[1-$1]"
us=$((${EPOCHREALTIME/./} - begun))
nginx -c /tmp/nginx.conf -s stop 2>/dev/null
awk -v us=$us -v count="$1" 'BEGIN { print count / us }'
