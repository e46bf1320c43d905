//! Where webhooks may lead: to which hosts, and to which addresses these may stand for.
//!
//! Whoever may create a webhook has this server send requests. They must not reach what trusts a request because it comes
//! from near by. A URL is looked at when a webhook is created; an address each time that a connection is made, since a name
//! may stand for another one by then.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::check_webhook_url;

/// Where webhooks may lead. By default anywhere but to addresses that only this machine's own network link knows, such as
/// those where clouds hand out credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebhookDestinations {
    /// To hosts that one of these fits; to any if there is none.
    pub hosts: Vec<HostPattern>,
    /// Not to this machine and not into a private network.
    pub deny_private: bool,
}

/// A host, or all hosts below a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern {
    /// In lower case.
    name: String,
    is_domain: bool,
}

impl FromStr for HostPattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, is_domain) = match text.strip_prefix("*.") {
            Some(domain) => (domain, true),
            None => (text, false),
        };
        let is_name = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':'));
        if !is_name {
            return Err(
                "it is no host; write one such as events.example, or *.example for all below a domain".to_owned(),
            );
        }
        Ok(Self {
            name: normal(name),
            is_domain,
        })
    }
}

/// A host's name as it is compared.
fn normal(host: &str) -> String {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.trim_end_matches('.').to_ascii_lowercase()
}

impl HostPattern {
    fn fits(&self, host: &str) -> bool {
        if self.is_domain {
            let below = host.strip_suffix(&self.name).and_then(|rest| rest.strip_suffix('.'));
            below.is_some_and(|name| !name.is_empty())
        } else {
            host == self.name
        }
    }
}

/// What keeps webhooks from an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kept {
    /// It is this machine or one in a private network.
    Private,
    /// It is known on this machine's own link only, is where a cloud hands out credentials, or stands for many.
    Always,
}

impl WebhookDestinations {
    /// What is wrong with the URL of an endpoint, if anything is.
    pub fn check_url(&self, url: &str) -> Result<(), String> {
        check_webhook_url(url)?;
        let uri: Option<Uri> = url.parse().ok();
        let host = normal(uri.as_ref().and_then(Uri::host).unwrap_or_default());
        if !self.hosts.is_empty() && !self.hosts.iter().any(|pattern| pattern.fits(&host)) {
            return Err("its host is none that webhooks may lead to here".to_owned());
        }
        match host.parse() {
            Ok(address) => self.check_address(address),
            // What a name stands for is looked at when a connection is made.
            Err(_) => Ok(()),
        }
    }

    /// Why webhooks may not lead to this address, if they may not. The address is not shown: whoever asks may not know
    /// what a name stands for in our network.
    fn check_address(&self, address: IpAddr) -> Result<(), String> {
        match kept(address) {
            Some(Kept::Always) => Err("its host stands for an address that webhooks never lead to".to_owned()),
            Some(Kept::Private) if self.deny_private => Err(
                "its host stands for an address of this machine or of a private network, where webhooks may not \
                     lead here"
                    .to_owned(),
            ),
            _ => Ok(()),
        }
    }
}

fn kept(address: IpAddr) -> Option<Kept> {
    match address {
        IpAddr::V4(address) => kept_v4(address),
        IpAddr::V6(address) => {
            let carried = carried(address).into_iter().filter_map(kept_v4);
            carried.chain(kept_v6(address)).max()
        }
    }
}

fn kept_v4(address: Ipv4Addr) -> Option<Kept> {
    // Where clouds hand out credentials, in the range of providers' networks and in a public one.
    const METADATA: [Ipv4Addr; 2] = [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16)];
    let octets = address.octets();
    if METADATA.contains(&address) || address.is_link_local() || address.is_multicast() || address.is_broadcast() {
        return Some(Kept::Always);
    }
    let is_private = match octets {
        // This machine, and what providers share among their customers, measure with or have reserved.
        [0, ..] | [100, 64..=127, ..] | [192, 0, 0, _] | [198, 18 | 19, ..] | [240..=255, ..] => true,
        _ => address.is_loopback() || address.is_private(),
    };
    is_private.then_some(Kept::Private)
}

fn kept_v6(address: Ipv6Addr) -> Option<Kept> {
    // Where a cloud hands out credentials, in the range of private networks.
    const METADATA: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    if address.is_unicast_link_local() || address.is_multicast() || address == METADATA {
        return Some(Kept::Always);
    }
    let is_site_local = address.segments()[0] & 0xffc0 == 0xfec0;
    let is_private = address.is_loopback() || address.is_unspecified() || address.is_unique_local() || is_site_local;
    is_private.then_some(Kept::Private)
}

/// The addresses of the older kind that one of the newer kind may lead to, by whichever way of carrying one in the other.
fn carried(address: Ipv6Addr) -> Vec<Ipv4Addr> {
    let octets = address.octets();
    let at = |places: [usize; 4]| Ipv4Addr::from(places.map(|place| octets[place]));
    let last = at([12, 13, 14, 15]);
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => vec![last],
        // What begins with nothing but zeros is this machine or none; all else was once written so.
        [0, 0, 0, 0, 0, 0, high, _] if high != 0 => vec![last],
        // A network translates as it likes to: each place is looked at where an address can be, the ninth octet left out.
        // What begins with a zero is none that it would translate to, but the rest of a prefix.
        [0x64, 0xff9b, 1, ..] => [[6, 7, 9, 10], [7, 9, 10, 11], [9, 10, 11, 12], [12, 13, 14, 15]]
            .map(at)
            .into_iter()
            .filter(|address| address.octets()[0] != 0)
            .collect(),
        // By a server to whoever is behind it, turned around so that nothing on the way translates it.
        [0x2001, 0, ..] => vec![at([4, 5, 6, 7]), Ipv4Addr::from_bits(!last.to_bits())],
        [0x2002, ..] => vec![at([2, 3, 4, 5])],
        _ => Vec::new(),
    }
}

/// Finds the addresses of hosts, and leaves out those that webhooks may not lead to.
#[derive(Debug)]
pub(super) struct Guard {
    pub(super) destinations: WebhookDestinations,
    pub(super) resolver: DefaultResolver,
}

impl Resolver for Guard {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.resolver.resolve(uri, config, timeout)?;
        // Where requests go out by a proxy, that is found here; where they lead then is the proxy's matter.
        if config
            .proxy()
            .is_some_and(|proxy| proxy.uri().authority() == uri.authority())
        {
            return Ok(found);
        }
        let mut allowed = self.empty();
        let mut refused = None;
        for address in &found {
            match self.destinations.check_address(address.ip()) {
                Ok(()) => allowed.push(*address),
                Err(reason) => refused = Some(reason),
            }
        }
        match refused {
            Some(reason) if allowed.is_empty() => Err(ureq::Error::Other(reason.into())),
            _ => Ok(allowed),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use ureq::unversioned::resolver::DefaultResolver;
    use ureq::unversioned::transport::DefaultConnector;

    use super::{Guard, HostPattern, WebhookDestinations};

    fn check(hosts: &[&str], deny_private: bool, url: &str, expected: Result<(), &str>) {
        let destinations = WebhookDestinations {
            hosts: hosts.iter().map(|host| host.parse().expect("a pattern")).collect(),
            deny_private,
        };
        let found = destinations.check_url(url);
        let is_as_expected = match (&found, expected) {
            (Ok(()), Ok(())) => true,
            (Err(reason), Err(words)) => reason.contains(words),
            _ => false,
        };
        assert!(is_as_expected, "{url}: {found:?}");
    }

    #[test]
    fn a_host_has_to_fit_if_hosts_are_named() {
        let hosts = ["events.example", "*.Partner.example", "192.0.2.7", "::1"];
        for (url, expected) in [
            ("https://events.example/a", Ok(())),
            ("https://EVENTS.example.:8443/a", Ok(())),
            ("https://a.partner.example", Ok(())),
            ("https://a.b.partner.example", Ok(())),
            ("http://192.0.2.7:80/", Ok(())),
            ("http://[::1]/", Ok(())),
            ("https://partner.example", Err("none that webhooks may lead to")),
            ("https://apartner.example", Err("none that webhooks may lead to")),
            ("https://events.example.evil", Err("none that webhooks may lead to")),
            ("https://192.0.2.70", Err("none that webhooks may lead to")),
            ("ftp://events.example", Err("has to begin with http")),
        ] {
            check(&hosts, false, url, expected);
        }
    }

    #[test]
    fn an_address_near_by_is_refused() {
        let never = Err("never lead to");
        let private = Err("private network");
        for (address, strictly, loosely) in [
            ("192.0.2.7", Ok(()), Ok(())),
            ("[2001:db8::1]", Ok(()), Ok(())),
            ("169.254.169.254", never, never),
            ("[fe80::1]", never, never),
            ("[fd00:ec2::254]", never, never),
            ("[::ffff:169.254.169.254]", never, never),
            ("[64:ff9b::a9fe:a9fe]", never, never),
            ("[2002:a9fe:a9fe::1]", never, never),
            ("[::169.254.169.254]", never, never),
            ("100.100.100.200", never, never),
            ("[::ffff:100.100.100.200]", never, never),
            ("168.63.129.16", never, never),
            ("168.63.129.17", Ok(()), Ok(())),
            ("[64:ff9b:1::a9fe:a9fe]", never, never),
            ("[64:ff9b:1:a9fe:a9:fe00::]", never, never),
            ("[64:ff9b:1:a9:fe:a9fe::]", never, never),
            ("[64:ff9b:1:0:a9:fea9:fe00::]", never, never),
            ("[64:ff9b:1::a00:1]", private, Ok(())),
            ("[64:ff9b:1::c000:207]", Ok(()), Ok(())),
            ("[2001:0:c000:207::5601:5601]", never, never),
            ("[2001:0:a9fe:a9fe::3fff:fdf8]", never, never),
            ("[2001:0:c000:207::f5ff:fffe]", private, Ok(())),
            ("[2001:0:c000:207::3fff:fdf8]", Ok(()), Ok(())),
            ("224.0.0.1", never, never),
            ("255.255.255.255", never, never),
            ("[ff02::1]", never, never),
            ("127.0.0.1", private, Ok(())),
            ("127.255.0.1", private, Ok(())),
            ("0.0.0.0", private, Ok(())),
            ("0.1.2.3", private, Ok(())),
            ("10.1.2.3", private, Ok(())),
            ("172.16.0.1", private, Ok(())),
            ("172.32.0.1", Ok(()), Ok(())),
            ("192.168.0.1", private, Ok(())),
            ("100.64.0.1", private, Ok(())),
            ("100.128.0.1", Ok(()), Ok(())),
            ("198.18.0.1", private, Ok(())),
            ("240.0.0.1", private, Ok(())),
            ("[::1]", private, Ok(())),
            ("[::]", private, Ok(())),
            ("[fd12::1]", private, Ok(())),
            ("[fec0::1]", private, Ok(())),
            ("[::ffff:10.0.0.1]", private, Ok(())),
            ("[64:ff9b::7f00:1]", private, Ok(())),
            ("[2002:7f00:1::]", private, Ok(())),
        ] {
            let url = format!("http://{address}/");
            check(&[], true, &url, strictly);
            check(&[], false, &url, loosely);
        }
    }

    #[test]
    fn what_a_name_stands_for_is_looked_at_when_a_connection_is_made() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let configuration = || ureq::Agent::config_builder().proxy(None).build();
        let agent = |deny_private| {
            let destinations = WebhookDestinations {
                hosts: Vec::new(),
                deny_private,
            };
            let guard = Guard {
                destinations,
                resolver: DefaultResolver::default(),
            };
            ureq::Agent::with_parts(configuration(), DefaultConnector::default(), guard)
        };
        // The last two are read as 127.0.0.1 by whoever finds addresses, but not by whoever reads URLs.
        for host in ["localhost", "2130706433", "0x7f.1"] {
            let url = format!("http://{host}:{port}/");
            check(&[], true, &url, Ok(()));
            let error = agent(true).get(&url).call().expect_err("kept away").to_string();
            assert!(error.contains("private network") && !error.contains("127"), "{error}");
        }
        let answering = std::thread::spawn(move || {
            let (mut connection, _) = listener.accept().expect("a connection");
            std::io::Read::read(&mut connection, &mut [0; 1024]).expect("a request");
            std::io::Write::write_all(&mut connection, b"HTTP/1.1 204 No Content\r\n\r\n").expect("answered");
        });
        let url = format!("http://localhost:{port}/");
        let answer = agent(false).get(&url).call().expect("an answer");
        assert_eq!(answer.status(), 204);
        answering.join().expect("no panic");
    }

    #[test]
    fn a_pattern_is_a_host_or_a_domain() {
        for wrong in ["", "*.", "*", "a*.example", "http://a", "a/b", "a b", "ä.example"] {
            assert!(wrong.parse::<HostPattern>().is_err(), "{wrong}");
        }
    }
}
