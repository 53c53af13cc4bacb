//! An edit by somebody else: in the open window of whom it is about, without a click.

use keyward_tests::{Desktop, Keyring, Service, Window};
use serde_json::json;
use tokio::time::Instant;

use crate::{
    journey::{give, take},
    people::{ADA, YASMIN, account, add_account, sign_in},
};

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_made_an_admin_by_somebody_else_sees_it_without_a_click_and_so_again_when_they_are_none() {
    let mut desktop = Desktop::start(Keyring::Unlocked).await;
    let service = Service::start().await;
    desktop.configure(&service.configuration());
    let manager = desktop.manage_windows().await;
    let window = Window::open(&desktop, &[]).await;
    let browser = sign_in(&mut desktop, &window, ADA).await;
    window.in_tenant("acme").await;
    add_account(&mut desktop, &window, &browser, YASMIN).await;
    window.command("switch_tenant", json!({ "tenant": "acme" })).await.unwrap();
    window.in_tenant("acme").await;
    let view = window.command("look", json!({})).await.unwrap();
    let (yasmin, name) = (&view["account"]["person"]["id"], &view["account"]["person"]["name"]);
    let (yasmin, name) = (yasmin.as_str().unwrap(), name.as_str().unwrap());
    let yasmins = window.here().await;
    window.click("nav-people").await;
    window.open_person(yasmin, name).await;
    window.find("read-only-reason").await;
    window.css("[data-testid='remove-person'][aria-disabled='true']").await;

    // Ada, in a window of her own.
    window.click("account-menu").await;
    window
        .click_css("[data-testid='account-item']:not([aria-current]) + [data-testid='account-new-window']")
        .await;
    let adas = window.go_to_the_one_beside(&[&yasmins]).await;
    window.in_tenant("acme").await;
    assert_eq!(account(&window).await, ADA);
    give(&window, yasmin, name, "admin").await;
    let applied = Instant::now();
    window.go_to(&yasmins).await;
    window.gone("[data-testid='read-only-reason']").await;
    println!("in the other window {:?} after it was seen in Ada's", applied.elapsed());
    window.css("[data-testid='remove-person']:not([aria-disabled='true'])").await;
    window.css("[data-testid='person-panel'] [data-testid='holding'][data-role='admin']").await;
    window.reads("[data-testid='person-panel']", "Given by Ada Lindqvist").await;

    window.go_to(&adas).await;
    take(&window, yasmin, name, "admin").await;
    window.go_to(&yasmins).await;
    window.find("read-only-reason").await;
    window.gone("[data-testid='person-panel'] [data-testid='holding'][data-role='admin']").await;
    assert!(!window.has("[data-testid='not-live']").await, "the directory is there");
    window.close().await;
    browser.close().await;
    manager.end().await;
}
