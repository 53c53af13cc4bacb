//! Answers that carry the sign-in's `state`: whose they are, what they say, how often they come.

use keyward_model::ErrorCode;
use keyward_session::loopback::Page;
use tokio::io::AsyncWriteExt;

use super::{STATE, good, read, soon, waiting};

#[tokio::test]
async fn an_answer_that_may_not_be_used_does_not_keep_the_real_one_out() {
    let ours = "iss=https%3A%2F%2Fid.example";
    for (what, query, words) in [
        ("another issuer", "code=x&iss=https%3A%2F%2Fevil.example", "Another provider"),
        ("an issuer with a slash more", "code=x&iss=https%3A%2F%2Fid.example%2F", "Another provider"),
        ("an issuer in capitals", "code=x&iss=https%3A%2F%2FID.example", "Another provider"),
        ("an empty issuer", "code=x&iss=", "Another provider"),
        ("another issuer's error", "error=access_denied&iss=https%3A%2F%2Fevil.example", "Another provider"),
        ("no issuer, though it was promised", "code=x", "does not say which provider"),
        ("an error of nobody's", "error=access_denied", "does not say which provider"),
        ("two issuers", &format!("code=x&{ours}&iss=https%3A%2F%2Fevil.example"), "twice"),
        ("two codes", &format!("code=x&code=y&{ours}"), "twice"),
        ("two codes, one name encoded", &format!("code=x&c%6Fde=y&{ours}"), "twice"),
        ("one code twice", &format!("code=x&code=x&{ours}"), "twice"),
        ("two errors", &format!("error=x&error=y&{ours}"), "twice"),
        ("neither code nor error", ours, "neither"),
        ("code and error", &format!("code=x&error=access_denied&{ours}"), "neither"),
        ("an empty code", &format!("code=&{ours}"), "neither"),
        ("a code that is none", &format!("code=a%0D%0Ab&{ours}"), "neither"),
        ("a code not as UTF-8", &format!("code=%ff&{ours}"), "neither"),
    ] {
        let waiting = waiting(true).await;
        let answer = waiting.get(&format!("{query}&state={STATE}")).await;
        assert!(answer.starts_with("HTTP/1.1 400") && answer.contains(words), "{what}: {answer}");
        assert!(!waiting.arrived.is_finished(), "{what} ended the wait");
        waiting.completes(what).await;
    }
}

#[tokio::test]
async fn a_sign_in_that_only_another_provider_answers_ends_and_says_so() {
    let waiting = waiting(true).await;
    waiting.get(&format!("code=x&state={STATE}&iss=https%3A%2F%2Fevil.example")).await;
    let error = soon("the end of patience", waiting.arrived).await.unwrap().unwrap_err();
    assert_eq!(error.code, ErrorCode::SignInDenied);
    assert!(error.message.contains("Another provider"), "{error}");
}

#[tokio::test]
async fn an_issuer_that_was_not_promised_may_be_missing_but_not_another() {
    let (_, code) = waiting(false).await.finish(&format!("code=c0de&state={STATE}")).await;
    assert_eq!(code, Ok("c0de".to_owned()), "not promised, not needed");
    let waiting = waiting(false).await;
    let answer = waiting.get(&format!("code=x&state={STATE}&iss=https%3A%2F%2Fevil.example")).await;
    assert!(answer.contains("Another provider"), "{answer}");
    waiting.completes("another issuer").await;
}

#[tokio::test]
async fn a_repeated_redirect_is_told_that_it_was_answered() {
    let waiting = waiting(true).await;
    let (host, request) = (waiting.address(), waiting.request(&good()));
    let mut browser = waiting.connect().await;
    browser.write_all(request.as_bytes()).await.unwrap();
    let arrived = soon("the redirect arrives", waiting.arrived).await.unwrap().unwrap();
    for other in [request.clone(), request.replace("c0de", "another")] {
        let mut again = tokio::net::TcpStream::connect(&host).await.unwrap();
        again.write_all(other.as_bytes()).await.unwrap();
        let answer = read(again).await;
        assert!(answer.starts_with("HTTP/1.1 410") && answer.contains("already been answered"), "{answer}");
    }
    assert_eq!(arrived.outcome.as_ref().unwrap().expose(), "c0de", "the first code, and no other");
    arrived.show(Page::signed_in("Ada Lindqvist", "Northwind Cloud"));
    assert!(read(browser).await.contains("Signed in as Ada"), "the first browser gets its page");
}

#[tokio::test]
async fn a_sign_in_that_is_given_up_tells_the_browser() {
    let waiting = waiting(true).await;
    let mut browser = waiting.connect().await;
    browser.write_all(waiting.request(&good()).as_bytes()).await.unwrap();
    drop(soon("the redirect arrives", waiting.arrived).await.unwrap().unwrap());
    let page = read(browser).await;
    assert!(page.contains("Not signed in") && page.contains("ended in Keyward"), "{page}");
}

#[tokio::test]
async fn a_refusal_by_the_provider_is_told_in_its_words() {
    let query = format!("error=access_denied&error_description=Not+today&state={STATE}");
    let error = waiting(false).await.finish(&query).await.1.unwrap_err();
    assert_eq!(error.code, ErrorCode::SignInDenied);
    assert!(error.message.contains("Not today"), "{error}");
}

#[tokio::test]
async fn the_providers_words_cannot_do_more_than_be_read() {
    let huge = "x".repeat(8_000);
    for (what, words, shown) in [
        ("line ends", "one%0D%0Atwo%09three", "ended the sign-in: one two three."),
        ("control characters", "a%00b%1B%5B31mc%7F", "ended the sign-in: ab[31mc."),
        ("turned text", "safe%E2%80%AEtxt.exe%E2%81%A6", "ended the sign-in: safetxt.exe."),
        ("not UTF-8", "a%ffb", "ended the sign-in: a\u{fffd}b."),
        ("nothing", "", "ended the sign-in: access_denied."),
        ("nothing to be seen", "%E2%80%8B%00", "ended the sign-in: access_denied."),
        ("a book", &huge, "ended the sign-in: xxx"),
    ] {
        let query = format!("error=access_denied&error_description={words}&state={STATE}");
        let error = waiting(false).await.finish(&query).await.1.unwrap_err();
        assert!(error.message.contains(shown), "{what}: {error}");
        assert!(error.message.len() < 300, "{what}: {error}");
    }
}

#[tokio::test]
async fn markup_in_the_providers_words_is_text() {
    let waiting = waiting(false).await;
    let script = "%3Cscript%3Ealert(1)%3C%2Fscript%3E%22%3E%3Cimg+src%3Dx%3E";
    let query = format!("error=access_denied&error_description={script}&state={STATE}");
    let mut browser = waiting.connect().await;
    browser.write_all(waiting.request(&query).as_bytes()).await.unwrap();
    let arrived = soon("the redirect arrives", waiting.arrived).await.unwrap().unwrap();
    let words = arrived.outcome.as_ref().unwrap_err().message.clone();
    arrived.show(Page::failed(&words));
    let page = read(browser).await;
    assert!(page.contains("&lt;script&gt;alert(1)"), "{page}");
    assert!(!page.contains("<script") && !page.contains("<img"), "{page}");
    assert!(page.contains("content-security-policy: default-src 'none'"), "and nothing would run: {page}");
}
