//! What the broker says when it has started: where it is, and what to type next.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use frontdesk::broker::Broker;
use frontdesk::broker::config::Config;

/// Prints it to standard output.
pub(crate) fn print(broker: &Broker, config: &Config) {
    let identity = broker.identity();
    let data = config.data_folder.canonicalize().unwrap_or_else(|_| config.data_folder.clone());
    println!("frontdesk broker {}", env!("CARGO_PKG_VERSION"));
    println!("  listens on   {} (QUIC over UDP)", broker.local_addr());
    match broker.http_addr() {
        Some(http) => {
            println!("  metrics      http://{}/metrics (also /health and /ready)", reachable(http))
        }
        None => println!("  metrics      off"),
    }
    let engine = broker.engine();
    for (tenant, no) in engine.tenants() {
        let Some(policy) = engine.policy(no) else { continue };
        let sites: Vec<_> = policy.sites.iter().map(|site| site.id.as_str()).collect();
        let departments: Vec<_> =
            policy.departments.iter().map(|department| department.id.as_str()).collect();
        println!(
            "  tenant       {tenant}: policy {}; sites {}; departments {}",
            policy.version,
            sites.join(", "),
            departments.join(", ")
        );
    }
    println!("  certificate  {}", identity.certificate_file.display());
    println!("  its pin      {}", identity.pin);
    println!("  data         {}", data.display());
    println!();
    if identity.development.is_some() {
        print_next(broker, config);
    }
    println!("Ctrl-C stops it in good order.");
}

fn print_next(broker: &Broker, config: &Config) {
    let run = "cargo run --release --example";
    let address = reachable(broker.local_addr());
    let data = config.data_folder.display();
    println!("What to type next, in another terminal:");
    println!("  {run} broker -- token --data {data} --role visitor --sub v-1");
    println!("  {run} two_people -- --connect {address} --data {data}");
    if let Some(http) = broker.http_addr() {
        println!("  curl http://{}/metrics", reachable(http));
    }
    println!("  {run} broker -- --demo --data {data} --listen 127.0.0.1:0 --http off");
    println!();
}

/// The address as someone on this machine can use it.
pub(crate) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
