//! Which addresses are public.
//!
//! The IANA special-purpose registries for IPv4 and IPv6, and the ways to write an IPv4 address inside an IPv6 one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// IPv4 blocks that are not public: first address, prefix length. Source: the IANA special-purpose registry.
const NOT_PUBLIC_V4: &[(Ipv4Addr, u8)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8),       // this network
    (Ipv4Addr::new(10, 0, 0, 0), 8),      // private
    (Ipv4Addr::new(100, 64, 0, 0), 10),   // shared by carriers (RFC 6598)
    (Ipv4Addr::new(127, 0, 0, 0), 8),     // loopback
    (Ipv4Addr::new(169, 254, 0, 0), 16),  // link-local: cloud metadata
    (Ipv4Addr::new(172, 16, 0, 0), 12),   // private
    (Ipv4Addr::new(192, 0, 0, 0), 24),    // IETF protocols: DS-Lite, NAT64 discovery
    (Ipv4Addr::new(192, 0, 2, 0), 24),    // documentation
    (Ipv4Addr::new(192, 31, 196, 0), 24), // AS112
    (Ipv4Addr::new(192, 52, 193, 0), 24), // AMT
    (Ipv4Addr::new(192, 88, 99, 0), 24),  // 6to4 relay
    (Ipv4Addr::new(192, 168, 0, 0), 16),  // private
    (Ipv4Addr::new(192, 175, 48, 0), 24), // AS112
    (Ipv4Addr::new(198, 18, 0, 0), 15),   // benchmarks
    (Ipv4Addr::new(198, 51, 100, 0), 24), // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24),  // documentation
    (Ipv4Addr::new(224, 0, 0, 0), 4),     // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4),     // reserved, and broadcast
];

/// Blocks within 2000::/3 that are not public, by first segments and prefix length.
const NOT_PUBLIC_V6: &[(Ipv6Addr, u8)] = &[
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // IETF protocols: Teredo, benchmarks, ORCHID
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4: any IPv4 address inside
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48), // AS112
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation
];

/// Whether an address is one that anybody on the Internet could reach.
///
/// An IPv4-mapped address (`::ffff:a.b.c.d`) is judged as the IPv4 address within. Of IPv6 only global unicast
/// (`2000::/3`) is public, so unique local, link-local, site-local, multicast, discard-only, NAT64, SRv6 and
/// IPv4-compatible addresses are not.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => !NOT_PUBLIC_V4.iter().any(|(first, prefix)| {
            prefix_of(v4.to_bits().into(), *prefix, 32)
                == prefix_of(first.to_bits().into(), *prefix, 32)
        }),
        IpAddr::V6(v6) => {
            v6.segments()[0] & 0xe000 == 0x2000
                && !NOT_PUBLIC_V6.iter().any(|(first, prefix)| {
                    prefix_of(v6.to_bits(), *prefix, 128)
                        == prefix_of(first.to_bits(), *prefix, 128)
                })
        }
    }
}

fn prefix_of(bits: u128, prefix: u8, width: u8) -> u128 {
    bits >> (width - prefix)
}

/// Public addresses, and those that the operator lets through.
#[derive(Clone, Debug, Default)]
pub(crate) struct Guard {
    allow_nets: Vec<IpNet>,
}

impl Guard {
    pub(crate) fn new(allow_nets: Vec<IpNet>) -> Self {
        Self { allow_nets }
    }

    pub(crate) fn admits(&self, address: IpAddr) -> bool {
        let canonical = address.to_canonical();
        is_public(address)
            || self
                .allow_nets
                .iter()
                .any(|net| net.contains(&canonical) || net.contains(&address))
    }
}
