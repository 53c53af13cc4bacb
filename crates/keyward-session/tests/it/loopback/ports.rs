//! Ports: which one is bound, and that it is ours alone.

use std::{net::SocketAddr, time::Duration};

use keyward_model::{ErrorCode, Issuer};
use keyward_session::{
    OneTime,
    loopback::{Awaited, Loopback},
};
use tokio::net::{TcpListener, TcpSocket};

use super::waiting;

/// A listener that is willing to share, as an attacker's would be.
fn sharing(address: &str) -> std::io::Result<TcpListener> {
    let address: SocketAddr = address.parse().unwrap();
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    #[cfg(unix)]
    socket.set_reuseport(true)?;
    socket.bind(address)?;
    socket.listen(64)
}

fn port(listener: &TcpListener) -> u16 {
    listener.local_addr().unwrap().port()
}

#[tokio::test]
async fn fixed_ports_are_tried_in_turn_and_named_when_all_are_taken() {
    let squatters: Vec<_> = (0..3).map(|_| sharing("127.0.0.1:0").unwrap()).collect();
    let mut ports: Vec<_> = squatters.iter().map(port).collect();
    let error = Loopback::bind(&ports, "/callback").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::PortInUse);
    for port in &ports {
        assert!(error.message.contains(&port.to_string()), "{error}");
    }
    let free = Loopback::bind(&[], "/callback").await.unwrap().redirect();
    ports.push(free.split([':', '/']).nth(4).unwrap().parse().unwrap());
    assert_eq!(Loopback::bind(&ports, "/callback").await.unwrap().redirect(), free, "the one that is free");
}

/// On every system that can be asked: Linux refuses where others give the more specific address all.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_squatter_who_would_share_his_port_is_still_a_squatter() {
    for address in ["127.0.0.1:0", "0.0.0.0:0", "[::]:0"] {
        let Ok(squatter) = sharing(address) else { continue };
        let error = Loopback::bind(&[port(&squatter)], "/callback").await.unwrap_err();
        assert_eq!(error.code, ErrorCode::PortInUse, "{address}");
    }
}

#[tokio::test]
async fn nobody_can_listen_beside_us() {
    let waiting = waiting(true).await;
    let port = waiting.address().rsplit(':').next().unwrap().to_owned();
    let beside: Vec<_> = ["127.0.0.1", "0.0.0.0", "[::]", "[::ffff:127.0.0.1]"]
        .into_iter()
        .filter_map(|host| Some((host, sharing(&format!("{host}:{port}")).ok()?)))
        .collect();
    let hosts: Vec<_> = beside.iter().map(|(host, _)| *host).collect();
    #[cfg(target_os = "linux")]
    assert_eq!(hosts, [""; 0], "refused, however willing they are to share");
    assert!(!hosts.contains(&"127.0.0.1"), "not on our very address");
    // Whoever is there on a wider address gets nothing that is meant for us.
    waiting.completes("a listener beside us").await;
}

#[tokio::test]
async fn a_fixed_port_is_free_again_at_once() {
    let first = waiting(true).await;
    let port: u16 = first.address().rsplit(':').next().unwrap().parse().unwrap();
    first.completes("nothing").await;
    // The connection that was closed last still lingers in the system.
    let again = Loopback::bind(&[port], "/callback").await.unwrap();
    let issuer = Issuer::new("https://id.example").unwrap();
    let awaited = Awaited { state: OneTime::new("s"), issuer, issuer_promised: true };
    let given_up = tokio::time::timeout(Duration::from_millis(1), again.wait(awaited)).await;
    assert!(given_up.is_err(), "nobody answers");
    assert!(Loopback::bind(&[port], "/callback").await.is_ok(), "a wait that was given up holds no port");
}
