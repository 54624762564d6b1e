/** What `-d` adds to a link: the settings of its kind, and its place in a bridge. Text and JSON where they differ little in use. */
import type { Kernel, Link, NetworkNamespace } from '#node/kernel.ts';

const segmentation = 'gso_max_size 65536 gso_max_segs 65535 tso_max_size 524280 tso_max_segs 65535 gro_max_size 65536 ';

/** Bridges name themselves by octets without leading zeros (br_show_bridge_id). */
function bridgeId(mac: string): string {
  return `8000.${mac
    .split(':')
    .map((octet) => octet.replace(/^0(?=.)/, ''))
    .join(':')}`;
}

function seconds(value: number): string {
  return value.toFixed(2).padStart(7);
}

/** A bridge forgets addresses every 300 s at most: how long until it looks again. */
function collection(now: number): number {
  return 300 - ((now / 1000) % 300);
}

function bridge(link: Link, now: number): string {
  const id = bridgeId(link.mac);
  return `bridge forward_delay 1500 hello_time 200 max_age 2000 ageing_time 30000 stp_state 0 priority 32768 vlan_filtering 0 bridge_id ${id} designated_root ${id} root_port 0 root_path_cost 0 topology_change 0 topology_change_detected 0 hello_timer ${seconds(0)} tcn_timer ${seconds(0)} topology_change_timer ${seconds(0)} gc_timer ${seconds(collection(now))} group_fwd_mask 0 group_address 01:80:c2:00:00:00 mcast_snooping 1 no_linklocal_learn 0 mcast_vlan_snooping 0 mcast_router 1 mcast_query_use_ifaddr 0 mcast_querier 0 mcast_hash_elasticity 16 mcast_hash_max 4096 mcast_last_member_count 2 mcast_startup_query_count 2 mcast_last_member_interval 100 mcast_membership_interval 26000 mcast_querier_interval 25500 mcast_query_interval 12500 mcast_query_response_interval 1000 mcast_startup_query_interval 3124 mcast_stats_enabled 0 mcast_igmp_version 2 mcast_mld_version 1 nf_call_iptables 0 nf_call_ip6tables 0 nf_call_arptables 0 `;
}

function slave(namespace: NetworkNamespace, link: Link, forwarding: boolean): string {
  const master = namespace.links.find((one) => one.name === link.master);
  if (master?.kind === 'openvswitch') return 'openvswitch_slave ';
  const ports = namespace.links.filter((one) => one.master === link.master);
  const number = ports.findIndex((one) => one.name === link.name) + 1;
  const id = bridgeId(master?.mac ?? link.mac);
  const port = 0x8000 + number;
  return `bridge_slave state ${forwarding ? 'forwarding' : 'disabled'} priority 32 cost 2 hairpin ${link.hairpin === true ? 'on' : 'off'} guard off root_block off fastleave off learning on flood on port_id 0x${port.toString(16)} port_no 0x${number.toString(16)} designated_port ${port} designated_cost 0 designated_bridge ${id} designated_root ${id} hold_timer ${seconds(0)} message_age_timer ${seconds(0)} forward_delay_timer ${seconds(0)} topology_change_ack 0 config_pending 0 proxy_arp off proxy_arp_wifi off mcast_router 1 mcast_fast_leave off mcast_flood on bcast_flood on mcast_to_unicast off neigh_suppress off group_fwd_mask 0 group_fwd_mask_str 0x0 vlan_tunnel off isolated off locked off `;
}

function kindDetails(link: Link, now: number): string {
  switch (link.kind) {
    case 'veth':
      return 'veth ';
    case 'dummy':
      return 'dummy ';
    case 'bridge':
      return bridge(link, now);
    case 'openvswitch':
      return 'openvswitch ';
    case 'ipip':
      return 'ipip any remote any local any ttl inherit nopmtudisc ';
    case 'vxlan': {
      const vxlan = link.vxlan;
      if (vxlan === undefined) return 'vxlan ';
      if (vxlan.external === true)
        return `vxlan external id 0 srcport 0 0 dstport ${vxlan.port} nolearning ttl auto ageing 300 udpcsum noudp6zerocsumtx udp6zerocsumrx `;
      return `vxlan id ${vxlan.id} local ${vxlan.local} dev ${vxlan.dev} srcport 0 0 dstport ${vxlan.port} nolearning ttl auto ageing 300 udpcsum noudp6zerocsumtx noudp6zerocsumrx `;
    }
    default:
      return '';
  }
}

/** The text after a link's hardware address. `forwarding` tells the state of a bridge's port. */
export function detailsOf(_kernel: Kernel, namespace: NetworkNamespace, link: Link, forwarding: boolean, now: number): string {
  const port = link.master !== undefined;
  const queues = link.kind === 'veth' ? 2 : 1;
  const [least, most] = link.kind === 'loopback' || link.kind === 'dummy' ? [0, 0] : [68, 65535];
  const kind = kindDetails(link, now);
  return ` promiscuity ${port ? 1 : 0}  allmulti ${port ? 1 : 0} minmtu ${least} maxmtu ${most} ${kind === '' ? '' : `\n    ${kind}`}${port ? `\n    ${slave(namespace, link, forwarding)}` : ''}addrgenmode eui64 numtxqueues ${queues} numrxqueues ${queues} ${segmentation}`;
}

/** The JSON of the same, without the long tail of a bridge's settings. */
export function detailsJson(link: Link): Readonly<Record<string, number | string | object>> {
  const port = link.master !== undefined;
  const queues = link.kind === 'veth' ? 2 : 1;
  const none = link.kind === 'loopback' || link.kind === 'dummy';
  return {
    promiscuity: port ? 1 : 0,
    allmulti: port ? 1 : 0,
    min_mtu: none ? 0 : 68,
    max_mtu: none ? 0 : 65535,
    ...(link.kind !== 'loopback' && link.kind !== 'ether' && { linkinfo: linkInfo(link) }),
    inet6_addr_gen_mode: 'eui64',
    num_tx_queues: queues,
    num_rx_queues: queues,
    gso_max_size: 65536,
    gso_max_segs: 65535,
    tso_max_size: 524280,
    tso_max_segs: 65535,
    gro_max_size: 65536,
  };
}

function linkInfo(link: Link): object {
  const { vxlan } = link;
  return {
    info_kind: link.kind,
    ...(vxlan !== undefined && {
      info_data:
        vxlan.external === true
          ? { external: true, id: 0, port: vxlan.port, learning: false }
          : { id: vxlan.id, local: vxlan.local, link: vxlan.dev, port: vxlan.port, learning: false },
    }),
    ...(link.master !== undefined && {
      info_slave_kind: 'bridge',
      info_slave_data: { state: 'forwarding', hairpin: link.hairpin === true },
    }),
  };
}
