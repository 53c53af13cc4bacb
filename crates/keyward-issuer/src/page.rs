//! The pages people see: no script, no outside resource, and everything shown is escaped by the
//! template language.

use std::sync::LazyLock;

use aws_lc_rs::digest;
use axum::response::{IntoResponse, Response};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderValue, StatusCode, header};
use keyward_model::{Error, ErrorCode};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::{Account, pending::AuthorizationRequest, provider::Core, redirect::form_action, target::Target};

/// The one-time code of everybody's second factor. It guards nothing: it is there to be asked for.
pub(crate) const SECOND_FACTOR: &str = "keyward";

const STYLE: &str = include_str!("page.css");

/// The one style sheet that pages may have, as the content security policy names it.
static STYLE_SOURCE: LazyLock<String> = LazyLock::new(|| {
    let digest = digest::digest(&digest::SHA256, STYLE.as_bytes());
    format!("'sha256-{}'", STANDARD.encode(digest))
});

/// The service's first letter, for the tile above the form.
fn monogram(name: &str) -> String {
    name.chars().take(1).flat_map(char::to_uppercase).collect()
}

/// A page with these contents. Its forms may lead to this origin and to `form_action`.
fn page(core: &Core, status: StatusCode, title: &str, form_action: &str, contents: &Markup) -> Response {
    let body = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · " (core.config.service_name) }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    span class="mark" aria-hidden="true" { (monogram(&core.config.service_name)) }
                    (contents)
                }
            }
        }
    };
    let policy = format!(
        "default-src 'none'; style-src {}; img-src data:; form-action 'self' {form_action}; base-uri 'none'; frame-ancestors 'none'",
        *STYLE_SOURCE
    );
    let mut response = (status, axum::response::Html(body.into_string())).into_response();
    if let Ok(policy) = HeaderValue::try_from(policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// A sign-in page that is open under this id.
pub(crate) struct Form<'a> {
    pub id: &'a str,
    pub request: &'a AuthorizationRequest,
}

impl Form<'_> {
    /// Asks for e-mail and password, `problem` saying what was wrong with those before.
    pub fn password(
        &self,
        core: &Core,
        status: StatusCode,
        email: Option<&str>,
        problem: Option<&str>,
    ) -> Response {
        let described = problem.map(|_| "problem");
        let contents = html! {
            (self.heading(core))
            form method="post" action="/sign-in" {
                input type="hidden" name="request" value=(self.id);
                @if let Some(problem) = problem {
                    p #problem .problem role="alert" { (problem) }
                }
                label for="email" { "E-mail" }
                input #email type="email" name="email" value=[email] required autofocus[email.is_none()]
                    autocomplete="username" autocapitalize="none" spellcheck="false" aria-describedby=[described];
                label for="password" { "Password" }
                input #password type="password" name="password" required autofocus[email.is_some()]
                    autocomplete="current-password" aria-describedby=[described];
                @if self.request.wants_second_factor() {
                    label for="code" { "One-time code: " (SECOND_FACTOR) }
                    input #code type="text" name="code" required autocomplete="one-time-code"
                        autocapitalize="none" spellcheck="false" aria-describedby=[described];
                }
                button #continue .primary type="submit" { "Continue" }
            }
            @if let Some(hint) = &core.config.hint {
                p .hint { (hint) }
            }
        };
        self.page(core, status, &contents)
    }

    /// Offers to go on as somebody who is signed in already.
    pub fn continue_as(&self, core: &Core, account: &Account) -> Response {
        let initials: String =
            account.name.split_whitespace().filter_map(|word| word.chars().next()).take(2).collect();
        let contents = html! {
            (self.heading(core))
            div .account {
                span .avatar aria-hidden="true" { (initials) }
                div { b { (account.name) } small { (account.email) } }
            }
            form method="post" action="/sign-in" {
                input type="hidden" name="request" value=(self.id);
                button #continue .primary type="submit" name="choice" value="continue" autofocus {
                    "Continue as " (account.name)
                }
                button #other .quiet type="submit" name="choice" value="other" { "Use another account" }
            }
        };
        self.page(core, StatusCode::OK, &contents)
    }

    fn heading(&self, core: &Core) -> Markup {
        html! {
            h1 { "Sign in to " (core.config.service_name) }
            p .who {
                @match &self.request.terms.target {
                    Target::Tenant(tenant) => {
                        b { (core.config.client_name) } " asks to open tenant "
                        span .tenant { (tenant) }
                    },
                    Target::Default | Target::Several(_) | Target::Every => {
                        "to continue to " b { (core.config.client_name) }
                    },
                }
            }
        }
    }

    fn page(&self, core: &Core, status: StatusCode, contents: &Markup) -> Response {
        page(core, status, "Sign in", &form_action(&self.request.redirect.uri), contents)
    }
}

/// Asks whether to sign out, since nobody can be sure that the person wanted it.
pub(crate) fn confirm_logout(
    core: &Core,
    name: &str,
    hidden: &[(&str, &str)],
    form_action: &str,
) -> Response {
    let contents = html! {
        h1 { "Sign out of " (core.config.service_name) "?" }
        p .who { "You are signed in as " b { (name) } " in this browser." }
        form method="post" action="/logout" {
            @for (name, value) in hidden {
                input type="hidden" name=(name) value=(value);
            }
            button #continue .primary type="submit" autofocus { "Sign out" }
        }
    };
    page(core, StatusCode::OK, "Sign out", form_action, &contents)
}

/// Nobody is signed in in this browser any more.
pub(crate) fn signed_out(core: &Core) -> Response {
    let contents = html! {
        h1 { "You are signed out" }
        p .who { "Nobody is signed in to " (core.config.service_name) " in this browser now. You can close this tab." }
    };
    page(core, StatusCode::OK, "Signed out", "", &contents)
}

/// Something cannot be done, in `words`.
pub(crate) fn failure(core: &Core, status: StatusCode, words: &str) -> Response {
    let contents = html! {
        h1 { "This did not work" }
        p .who { (words) }
    };
    page(core, status, "Problem", "", &contents)
}

/// The provider itself has failed.
pub(crate) fn fault(core: &Core, error: &Error) -> Response {
    tracing::error!(code = ?error.code, "{error}");
    match error.code {
        ErrorCode::StorageFull => {
            failure(core, StatusCode::SERVICE_UNAVAILABLE, "The disk is full. Make room, then sign in again.")
        }
        _ => failure(core, StatusCode::INTERNAL_SERVER_ERROR, "The sign-in has failed. Its log says more."),
    }
}
