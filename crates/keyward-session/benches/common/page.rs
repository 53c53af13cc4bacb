//! A person's browser: fills in the provider's real sign-in page.

use std::collections::HashMap;

use keyward_server::local;
use keyward_session::ports::Browser;
use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use tokio::sync::mpsc;

use super::Outcome;

/// Hands the link on to whoever signs in.
pub struct Opens(pub mpsc::UnboundedSender<String>);

impl Browser for Opens {
    fn open(&self, url: &str) -> Result<(), String> {
        self.0.send(url.to_owned()).map_err(|error| error.to_string())
    }
}

/// A browser that follows no redirect by itself.
pub fn browser() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()
}

/// Signs in as the first person, follows the way back, and returns what the browser shows at the end.
pub async fn sign_in(browser: reqwest::Client, url: String) -> Outcome<String> {
    let page = browser.get(&url).send().await?;
    let base = page.url().clone();
    let cookies = page.headers().get_all(SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
    let cookies: Vec<_> = cookies.filter_map(|cookie| cookie.split(';').next()).map(str::to_owned).collect();
    let html = page.text().await?;
    let inputs = html.split("<input").skip(1);
    let mut form: HashMap<_, _> = inputs
        .filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value").unwrap_or_default())))
        .collect();
    form.insert("email".to_owned(), local::FIRST_PERSON.to_owned());
    form.insert("password".to_owned(), local::PASSWORD.to_owned());
    let action = html.split("<form").nth(1).and_then(|form| attribute(form, "action")).unwrap_or_default();
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&form).finish();
    let mut answer = browser
        .post(base.join(&action)?)
        .header(COOKIE, cookies.join("; "))
        .header(ORIGIN, base.origin().ascii_serialization())
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(body)
        .send()
        .await?;
    while let Some(location) = answer.headers().get(LOCATION) {
        let next = answer.url().join(location.to_str()?)?;
        answer = browser.get(next).send().await?;
    }
    Ok(answer.error_for_status()?.text().await?)
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let rest = tag.split('>').next()?.split_once(&format!("{name}=\""))?.1;
    Some(rest.split('"').next()?.replace("&amp;", "&"))
}
