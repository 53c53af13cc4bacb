//! Somebody at a browser: it keeps its cookies, and they fill in the provider's own page.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use keyward_server::local;
use keyward_session::ports::Browser;
use reqwest::{Response, redirect::Policy};
use url::Url;

/// The provider's one-time code, the same for everybody.
const ONE_TIME_CODE: &str = "keyward";

/// A browser in which somebody signs in at once.
pub struct Person {
    pub email: Mutex<String>,
    pub opened: AtomicUsize,
    /// Whether the person does anything at all.
    pub acts: Mutex<bool>,
    /// Every address that the browser was sent to.
    trips: Mutex<Vec<Url>>,
    cookies: Cookies,
}

/// What a browser was told to keep.
#[derive(Clone, Default)]
struct Cookies(Arc<Mutex<BTreeMap<String, String>>>);

impl Person {
    pub fn new(email: &str) -> Self {
        Self {
            email: Mutex::new(email.to_owned()),
            opened: AtomicUsize::new(0),
            acts: Mutex::new(true),
            trips: Mutex::default(),
            cookies: Cookies::default(),
        }
    }

    /// From now on somebody else sits at this browser.
    pub fn becomes(&self, email: &str) {
        *self.email.lock().unwrap() = email.to_owned();
    }

    /// How often the browser was opened.
    pub fn trips(&self) -> usize {
        self.opened.load(Ordering::SeqCst)
    }

    /// What the browser was last sent with.
    pub fn last_trip(&self) -> BTreeMap<String, String> {
        let trips = self.trips.lock().unwrap();
        trips.last().expect("the browser has been opened").query_pairs().into_owned().collect()
    }
}

impl Browser for Person {
    fn open(&self, url: &str) -> Result<(), String> {
        self.opened.fetch_add(1, Ordering::SeqCst);
        self.trips.lock().unwrap().push(Url::parse(url).unwrap());
        if *self.acts.lock().unwrap() {
            let (url, email, cookies) =
                (url.to_owned(), self.email.lock().unwrap().clone(), self.cookies.clone());
            tokio::spawn(async move { cookies.fill_in(url, email).await });
        }
        Ok(())
    }
}

/// As [`Person`] does, in a browser that knows nothing.
pub async fn fill_in(url: String, email: String) -> String {
    Cookies::default().fill_in(url, email).await
}

impl Cookies {
    /// Loads the page, fills in its form if it has one, and follows where that leads.
    async fn fill_in(&self, url: String, email: String) -> String {
        let client = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
        let page = self.follow(&client, client.get(&url)).await;
        let base = page.url().clone();
        let html = page.text().await.unwrap();
        let Some(action) = html.split("<form").nth(1).and_then(|form| attribute(form, "action")) else {
            return html;
        };
        let answers = [("email", email.as_str()), ("password", local::PASSWORD), ("code", ONE_TIME_CODE)];
        let mut form: Vec<(String, String)> = html
            .split("<input")
            .skip(1)
            .filter_map(|input| {
                Some((attribute(input, "name")?, attribute(input, "value").unwrap_or_default()))
            })
            .filter(|(name, _)| answers.iter().all(|(answered, _)| answered != name))
            .collect();
        form.extend(answers.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&form).finish();
        let send = client
            .post(base.join(&action).unwrap())
            .header("origin", base.origin().ascii_serialization())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        self.follow(&client, send).await.text().await.unwrap_or_default()
    }

    /// Sends it, and follows redirects. Nobody listening at the end means that the sign-in was given up.
    async fn follow(&self, client: &reqwest::Client, request: reqwest::RequestBuilder) -> Response {
        let mut answer = request.header("cookie", self.sent()).send().await.unwrap();
        self.keep(&answer);
        while let Some(location) = answer.headers().get("location").cloned() {
            let next = answer.url().join(location.to_str().unwrap()).unwrap();
            answer = client.get(next).header("cookie", self.sent()).send().await.unwrap();
            self.keep(&answer);
        }
        answer
    }

    fn sent(&self) -> String {
        let kept = self.0.lock().unwrap();
        kept.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    /// Names carry the provider's port, so two providers' cookies stay apart.
    fn keep(&self, answer: &Response) {
        for set in answer.headers().get_all("set-cookie") {
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.0.lock().unwrap().insert(name.to_owned(), value.to_owned());
        }
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let tag = &tag[..tag.find('>')?];
    let rest = tag.split_once(&format!("{name}=\""))?.1;
    Some(rest.split('"').next()?.replace("&amp;", "&"))
}
