#!/bin/sh
# Process 1 of a node: node.sh NAME CGROUP ADDRESS/BITS, in the folder for the node's files.
# It has process, mount, network, host name and IPC namespaces of its own, as a virtual machine would have a kernel of
# its own. When process 1 ends, the kernel ends every process of the node at once: that is the power cut. It ends with
# its standard input, so a node cannot outlive the command that started it.
set -eu
name=$1 cgroup=$2 address=$3

hostname "$name"
# The engine of this node must not meet the host's: its sockets and process ids lie in /run.
mount -t tmpfs -o mode=755 tmpfs /run
# /sys shows the network interfaces of whoever mounts it; the control groups below it stay the host's.
mkdir /run/cgroup
mount --rbind /sys/fs/cgroup /run/cgroup
mount -t sysfs sysfs /sys
mount --rbind /run/cgroup /sys/fs/cgroup

ip link set lo up
tries=0
until ip link show eth0 >/dev/null 2>&1; do # the cable is plugged in from outside
    tries=$((tries + 1))
    [ "$tries" -lt 200 ] || exit 1
    sleep 0.05
done
ip address add "$address" dev eth0
ip link set eth0 up

# --no-new-privileges makes up for `security_opt`, which Swarm does not pass on.
dockerd --data-root "$PWD/docker" --host unix://docker.sock --cgroup-parent "/$cgroup" \
    --exec-opt native.cgroupdriver=cgroupfs --no-new-privileges --log-level warn </dev/null >>engine.log 2>&1 &
cat >/dev/null
