//! A tenant in a window of its own, however the provider gives it.

use super::{
    part::{HERS, Part, each},
    presets::ALL,
};
use crate::world::{WINDOW, tenant};

const SECOND: &str = "second";

#[tokio::test]
async fn a_tenant_opens_in_a_window_of_its_own_and_both_are_there_after_a_restart() {
    each(ALL, |preset| async move {
        let part = Part::play(preset).await;
        let mut running = part.signed_in().await;
        let (here, there) = (HERS[0].0, HERS[2].0);
        part.world.clock.by(2);
        running.session.open_window(SECOND, WINDOW, None, Some(tenant(there))).await.unwrap();
        part.proves(&running.work_in(SECOND, "at work there", |_| true).await, there);
        part.proves(&running.now().await, here);
        // Only where a tenant has a sign-in of its own, the browser is asked: the person wants the tenant now.
        let trips = part.world.person.trips();
        assert_eq!(trips, if preset.trip_per_tenant { 2 } else { 1 }, "{}", preset.id);

        running.session.leave().await;
        drop(running);
        part.world.clock.by(2);
        let mut running = part.start();
        let mut windows = running.session.windows().await.unwrap();
        windows.sort();
        assert_eq!(windows, [WINDOW, SECOND], "{}", preset.id);
        for (window, place) in [(WINDOW, here), (SECOND, there)] {
            part.proves(&running.work_in(window, "where it was", |_| true).await, place);
        }
        assert_eq!(part.world.person.trips(), trips, "{}: no browser opens by itself", preset.id);

        // Closed, it does not come back.
        running.session.window_closed(WINDOW);
        assert_eq!(running.session.windows().await.unwrap(), [SECOND], "{}", preset.id);
    })
    .await;
}
