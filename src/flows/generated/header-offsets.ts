// Written by scripts/generate-records.mjs: change the declaration, and run it again.

// Where each field of a header begins, in bytes from its first. Of fields that share a byte, that byte.

export enum ETH {
  dst = 0,
  src = 6,
  type = 12,
}

export enum VLAN {
  priority = 0,
  dei = 0,
  id = 0,
  etype = 2,
}

export enum SLL {
  pkttype = 0,
  hatype = 2,
  halen = 4,
  addr = 6,
  proto = 14,
}

export enum SLL2 {
  proto = 0,
  ifindex = 4,
  hatype = 8,
  pkttype = 10,
  halen = 11,
  addr = 12,
}

export enum IP {
  version = 0,
  hdr_len = 0,
  dsfield_dscp = 1,
  dsfield_ecn = 1,
  dsfield = 1,
  len = 2,
  id = 4,
  flags_rb = 6,
  flags_df = 6,
  flags_mf = 6,
  flags = 6,
  frag_offset = 6,
  ttl = 8,
  proto = 9,
  checksum = 10,
  src = 12,
  dst = 16,
}

export enum IPV6 {
  version = 0,
  tclass_dscp = 0,
  tclass_ecn = 1,
  tclass = 0,
  flow = 1,
  plen = 4,
  nxt = 6,
  hlim = 7,
  src = 8,
  dst = 24,
}

export enum FRAGMENT {
  nxt = 0,
  reserved_octet = 1,
  offset = 2,
  reserved_bits = 3,
  more = 3,
  ident = 4,
}

export enum TCP {
  srcport = 0,
  dstport = 2,
  seq_raw = 4,
  ack_raw = 8,
  hdr_len = 12,
  flags_res = 12,
  flags_ae = 12,
  flags_cwr = 13,
  flags_ece = 13,
  flags_urg = 13,
  flags_ack = 13,
  flags_push = 13,
  flags_reset = 13,
  flags_syn = 13,
  flags_fin = 13,
  flags = 12,
  window_size_value = 14,
  checksum = 16,
  urgent_pointer = 18,
}

export enum UDP {
  srcport = 0,
  dstport = 2,
  length = 4,
  checksum = 6,
}

export enum ICMP {
  type = 0,
  code = 1,
  checksum = 2,
}

export enum VXLAN {
  flag_g = 0,
  flag_i = 0,
  flag_d = 1,
  flag_a = 1,
  flags = 0,
  gbp = 2,
  vni = 4,
  reserved8 = 7,
}

export enum GENEVE {
  version = 0,
  options_length = 0,
  flags_oam = 1,
  flags_critical = 1,
  proto_type = 2,
  vni = 4,
}

/** Bytes of the fixed headers. */
export enum SIZE {
  ETH = 14,
  VLAN = 4,
  IP = 20,
  IPV6 = 40,
  TCP = 20,
  UDP = 8,
  ICMP = 4,
}
