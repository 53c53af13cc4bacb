//! The redirect alone: from the browser's first packet to the last of its page.

use std::{
    io::{Read, Write},
    mem,
    net::{Ipv4Addr, TcpStream},
    thread,
    time::Instant,
};

use keyward_model::Issuer;
use keyward_session::{
    AuthorizationCode, OneTime,
    loopback::{Awaited, Loopback, Page},
};
use tokio::runtime::Runtime;

use crate::{Outcome, SETTLE, Sample, attack::Attack};

const STATE: &str = "the-state-of-this-sign-in";

/// One wait for a redirect.
pub fn sample(runtime: &Runtime, attack: Option<&Attack>) -> Outcome<Sample> {
    let loopback = runtime.block_on(Loopback::bind(&[], "/callback"))?;
    let port = crate::port(&loopback.redirect())?;
    let issuer = Issuer::new("https://id.example")?;
    let awaited = Awaited { state: OneTime::new(STATE), issuer, issuer_promised: true };
    let waiting = runtime.spawn(async move {
        let mut arrived = loopback.wait(awaited).await?;
        let outcome = mem::replace(&mut arrived.outcome, Ok(AuthorizationCode::new("")));
        arrived.show(Page::signed_in("Ada Lindqvist", "Northwind Cloud"));
        outcome
    });
    let against = attack.map(|attack| attack.begin(port)).transpose()?;
    thread::sleep(SETTLE);
    let started = Instant::now();
    let mut browser = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    let query = format!("code=c0de&state={STATE}&iss=https%3A%2F%2Fid.example");
    browser
        .write_all(format!("GET /callback?{query} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n").as_bytes())?;
    let mut page = String::new();
    browser.read_to_string(&mut page)?;
    let sample = Sample::since(started, against.as_ref());
    if !page.contains("Signed in as Ada Lindqvist") || runtime.block_on(waiting)??.expose() != "c0de" {
        return Err("the sign-in's own redirect did not arrive".into());
    }
    Ok(sample)
}
