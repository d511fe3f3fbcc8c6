#!/bin/sh
# The switch between the nodes: a bridge in a network namespace of its own, where no firewall of the host's applies.
# Namespace, bridge and cables are gone as soon as this process is. It ends with its standard input.
set -eu
ip link set lo up
ip link add switch type bridge
ip link set switch up
echo ready
exec cat >/dev/null
