#!/bin/sh
# What certbot's container does: order the certificate for $ACME_DOMAIN, then ask twice a day whether it is time for a
# new one. Natively a timer does that: certbot-renew.timer.
set -eu

# It trusts whom it always does and, for pebble, the authority of this machine.
cat "$(python -c 'import certifi; print(certifi.where())')" /srv/run/step06/acme/pebble/root.pem >"$REQUESTS_CA_BUNDLE"
trap 'exit 0' TERM INT

while :; do
    pause=$ACME_SECONDS_BETWEEN
    # Does nothing while the certificate is good for long. The hook runs after each new one: process 1 is nginx's, whose
    # process numbers this container shares.
    certbot certonly --non-interactive --agree-tos --register-unsafely-without-email --server "$ACME_SERVER" \
        --webroot --webroot-path /srv/run/step06/acme/webroot --domain "$ACME_DOMAIN" --cert-name site \
        --keep-until-expiring --renew-with-new-domains --deploy-hook 'sh -c "kill -HUP 1"' || case $ACME_SERVER in
    # A restarted pebble has forgotten its accounts.
    https://acme.lab.test:*) rm -rf /etc/letsencrypt/accounts && pause=2 ;;
    # Let's Encrypt allows one failure in twelve minutes.
    *) pause=720 ;;
    esac
    # In the background, since a shell hears of no signal while it waits for what stands in front.
    sleep "$pause" &
    wait $!
done
