#!/bin/bash
# nginx, on one CPU; and its client, who is not in the container.
#
#   nginx.sh serve CPU
#   nginx.sh ask CPU NUMBER      prints the requests a second of one curl, in millions a second
set -u
case $1 in
  serve)
    cd /tmp && mkdir www && echo 42 >www/index.html
    cat >nginx.conf <<'CONF'
user www-data;
worker_processes 1;
daemon off;
pid /run/nginx.pid;
error_log /tmp/nginx.log;
events { }
http {
  access_log off;
  client_body_temp_path /tmp/body; proxy_temp_path /tmp/proxy; fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi; scgi_temp_path /tmp/scgi;
  server { listen 127.0.0.1:80; root /tmp/www; keepalive_requests 1000000; }
}
CONF
    exec taskset -c "$2" nginx -c /tmp/nginx.conf
    ;;
  ask)
    curl -s --retry 20 --retry-connrefused -o /dev/null http://127.0.0.1/
    begun=${EPOCHREALTIME/./}
    taskset -c "$2" curl -s -o /dev/null "http://127.0.0.1/?[1-$3]"
    us=$((${EPOCHREALTIME/./} - begun))
    awk -v us=$us -v count="$3" 'BEGIN { print count / us }'
    ;;
esac
