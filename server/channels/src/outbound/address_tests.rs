//! The addresses by table.

use super::*;

const PUBLIC: &[&str] = &[
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "168.63.129.15",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.0.3.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "198.51.99.255",
    "198.51.101.0",
    "203.0.112.255",
    "203.0.114.0",
    "223.255.255.255",
    "::ffff:1.1.1.1",
    "64:ff9b::1.1.1.1",
    "2001:200::1",
    "2001:db7:ffff::1",
    "2001:db9::1",
    "2003::1",
    "2606:4700::1111",
    "2a00:1450:4001::200e",
    "3ffe:ffff::1",
];

const NOT_PUBLIC: &[&str] = &[
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.0",
    "10.255.255.255",
    "100.64.0.0",
    "100.100.100.200",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.255",
    "168.63.129.16",
    "169.254.0.0",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.0",
    "172.31.255.255",
    "192.0.0.0",
    "192.0.0.192",
    "192.0.2.7",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.255",
    "198.18.0.0",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.255",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    // Unspecified, loopback, IPv4 inside: compatible, mapped, translated, 6to4, Teredo, ISATAP.
    "::",
    "::1",
    "::2",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:8.8.8.8",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::10.1.2.3",
    "64:ff9b:1::1.1.1.1",
    "64:ff9b:1:ffff::1",
    "2002:7f00:1::1",
    "2002:808:808::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "fe80::5efe:10.0.0.1",
    // Discard-only, benchmarks, ORCHID, documentation, segment routing.
    "100::1",
    "100:0:0:1::1",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:1ff:ffff::1",
    "2001:db8::1",
    "3fff::1",
    "3fff:fff::1",
    "5f00::1",
    // Unique local with the clouds' metadata, link-local, site-local, multicast.
    "fc00::1",
    "fd00::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "fe80::1",
    "febf::1",
    "fec0::1",
    "feff::1",
    "ff02::1",
    "ff0e::1",
    "4000::1",
    "8000::1",
    "e000::1",
];

fn address(text: &str) -> IpAddr {
    text.parse().unwrap_or_else(|_| panic!("{text} is an address"))
}

fn allowed(networks: &[&str]) -> Allowed {
    Allowed::new(&networks.iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>())
}

fn reach(allowed: &Allowed, url: &str) -> Result<Reach, String> {
    allowed.reach(&Url::parse(url).unwrap_or_else(|error| panic!("{url}: {error}")))
}

#[test]
fn an_address_is_public_or_is_not() {
    for text in PUBLIC {
        assert!(is_public(address(text)), "{text} is public");
    }
    for text in NOT_PUBLIC {
        assert!(!is_public(address(text)), "{text} is not public");
    }
}

#[test]
fn what_is_allowed_is_allowed_to_the_very_address() {
    let allowed = allowed(&["10.1.0.0/16", "fd12::/16", "64:ff9b::a00:2/128"]);
    for text in ["10.1.0.0", "10.1.255.255", "::ffff:10.1.2.3", "fd12::1", "64:ff9b::10.0.0.2"] {
        assert!(allowed.permits(address(text), Reach::Inside), "{text}");
        assert!(allowed.permits(address(text), Reach::Anywhere), "{text}");
    }
    for text in ["10.2.0.0", "127.0.0.1", "fd13::1", "64:ff9b::10.1.0.1", "::10.1.0.1", "2002:a01:1::1"] {
        assert!(!allowed.permits(address(text), Reach::Anywhere), "{text}");
    }
    assert!(!allowed.permits(address("1.1.1.1"), Reach::Inside));
}

#[test]
fn odd_spellings_of_numbers_are_the_numbers() {
    let none = allowed(&[]);
    for host in [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "017700000001",
        "0177.0.0.1",
        "0",
        "0.0.0.0",
        "127.0.0.1.",
        "１２７.0.0.1",
        "127。0。0。1",
        "%31%32%37.0.0.1",
        "0xa9fea9fe",
        "[::1]",
        "[::]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[::7f00:1]",
        "[fd00:ec2::254]",
        "169.254.169.254",
        "①⑥⑨.254.169.254",
        "1②7.0.0.1",
    ] {
        assert!(reach(&none, &format!("https://{host}/")).is_err(), "{host}");
    }
    assert_eq!(reach(&none, "https://0x01010101/"), Ok(Reach::Anywhere));
    assert_eq!(reach(&none, "https://[2606:4700::1111]/"), Ok(Reach::Anywhere));
}

#[test]
fn plain_http_and_odd_ports_reach_only_what_is_allowed() {
    let (none, some) = (allowed(&[]), allowed(&["10.0.0.0/8"]));
    for url in
        ["https://far.example", "https://far.example:80", "https://1.1.1.1:8443", "https://far.example:65535"]
    {
        assert_eq!(reach(&none, url), Ok(Reach::Anywhere), "{url}");
    }
    for url in ["http://far.example", "http://1.1.1.1", "https://far.example:22", "https://1.1.1.1:25"] {
        let said = reach(&none, url).expect_err(url);
        assert!(said.contains("https://") || said.contains("below 1024"), "{url}: {said}");
    }
    for url in ["http://far.example", "https://far.example:25", "http://10.1.1.1", "https://10.1.1.1:22"] {
        assert_eq!(reach(&some, url), Ok(Reach::Inside), "{url}");
    }
    assert!(reach(&some, "http://1.1.1.1").is_err());
    assert!(reach(&some, "http://127.0.0.1").is_err());
    for url in ["ftp://far.example", "file:///etc/passwd", "data:,x", "gopher://10.1.1.1:70/"] {
        assert!(reach(&some, url).is_err(), "{url}");
    }
}
