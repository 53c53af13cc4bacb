//! Adding a connection: the provider is checked while the person looks on, a preset is picked, a sign-in is
//! tried and thrown away, and the connection is written into the person's own file.

use keyward_model::{ConnectionId, Error, ErrorCode, Result, TenantId};
use tokio::sync::oneshot;

use super::{
    WindowLabel,
    owner::{Message, Owner, tell},
    window::{Alive, Attempt, Window},
};
use crate::{
    Connection, Named,
    config::{self, Config, NetworkSettings},
    preset::Preset,
    provider::{Ask, check, recognise},
    sign_in::{self, Arrival, Keep, Sent, Wish},
    view::{AddingConnection, CheckLine, ConnectionDraft, Outcome, PresetView, Tried},
};

/// A connection that is being added.
#[allow(dead_code, reason = "`alive` is held for its drop, not read")]
pub(super) struct Adding {
    pub(super) view: AddingConnection,
    presets: Vec<Preset>,
    /// The check or the sign-in that is under way; what another one reports comes late.
    attempt: Attempt,
    alive: Option<Alive>,
}

/// What a check or a sign-in that is tried reports.
pub(super) enum Found {
    Line(CheckLine),
    Checked(Option<String>),
    Sent(Sent),
    Tried(Box<Tried>),
}

impl Owner {
    pub(super) fn begin_adding(&mut self, window: &WindowLabel) -> Result<()> {
        let presets = Preset::all()?;
        let view = AddingConnection {
            issuer: String::new(),
            lines: Vec::new(),
            checking: false,
            presets: presets.iter().map(PresetView::from).collect(),
            suggested: None,
            draft: ConnectionDraft::default(),
            trying: None,
            tried: None,
            file: self.settings.sources.own.display().to_string(),
            problem: None,
        };
        let adding = Adding { view, presets, attempt: 0, alive: None };
        self.set(window, Window::Adding(Box::new(adding)));
        Ok(())
    }

    fn adding(&mut self, window: &WindowLabel) -> Result<&mut Adding> {
        match self.windows.get_mut(window) {
            Some(Window::Adding(adding)) => Ok(adding),
            _ => Err(Error::new(ErrorCode::NotFound, "No connection is being added in this window.")),
        }
    }

    /// Checks a provider; each line is shown as it comes.
    pub(super) fn check_issuer(&mut self, window: WindowLabel, issuer: String) -> Result<()> {
        let attempt = self.next_attempt();
        let http = self.ports.network.http(&NetworkSettings::default())?;
        let adding = self.adding(&window)?;
        let presets = adding.presets.clone();
        adding.attempt = attempt;
        adding.alive = None;
        let view = &mut adding.view;
        (view.issuer, view.checking, view.suggested) = (issuer.clone(), true, None);
        (view.trying, view.tried, view.problem) = (None, None, None);
        view.lines.clear();
        self.show(&window);
        let report = self.me.clone();
        tokio::spawn(async move {
            let say = |found: Found| {
                tell(&report, Message::Found { window: window.clone(), attempt, found });
            };
            let issuer = check(&*http, &issuer, |line| say(Found::Line(line))).await;
            say(Found::Checked(issuer.and_then(|issuer| recognise(&issuer, &presets))));
        });
        Ok(())
    }

    /// Tries a sign-in with what was filled in. What comes of it is looked at and thrown away.
    pub(super) fn try_connection(&mut self, window: WindowLabel, draft: ConnectionDraft) -> Result<()> {
        let connection = match draft.connection(&self.connection_ids()) {
            Ok(connection) => connection,
            Err(problem) => return self.refuse_draft(&window, draft, problem),
        };
        let (attempt, means, report) = (self.next_attempt(), self.means(), self.me.clone());
        let (alive, cancelled) = oneshot::channel();
        let adding = self.adding(&window)?;
        (adding.attempt, adding.alive) = (attempt, Some(alive));
        let view = &mut adding.view;
        (view.draft, view.trying, view.tried, view.problem) = (draft, Some(String::new()), None, None);
        self.show(&window);
        tokio::spawn(async move {
            let say = |found: Found| {
                tell(&report, Message::Found { window: window.clone(), attempt, found });
            };
            let (sent, link) = oneshot::channel();
            let wish = Wish {
                ask: Ask::default(),
                keep: Keep::ThisSession,
                expected: None,
                remembered: None,
                running: None,
            };
            let flow = sign_in::sign_in(means, connection.clone(), wish, sent, cancelled);
            let relay = async {
                if let Ok(sent) = link.await {
                    say(Found::Sent(sent));
                }
            };
            let (arrived, ()) = tokio::join!(flow, relay);
            let tried = match arrived {
                Ok(arrival) => {
                    let tried = found_by(&connection, &arrival);
                    arrival.abandon().await;
                    tried
                }
                Err(error) => Tried {
                    person: None,
                    tenants: Vec::new(),
                    tenant: None,
                    proven_by: None,
                    problem: Some(error),
                },
            };
            say(Found::Tried(Box::new(tried)));
        });
        Ok(())
    }

    /// Ends the wait for a sign-in that is tried.
    pub(super) fn give_up_trying(&mut self, window: &WindowLabel) {
        let attempt = self.next_attempt();
        if let Ok(adding) = self.adding(window) {
            (adding.attempt, adding.alive, adding.view.trying) = (attempt, None, None);
            self.show(window);
        }
    }

    pub(super) fn found(&mut self, window: &WindowLabel, attempt: Attempt, found: Found) {
        let link = match self.adding(window) {
            Ok(adding) if adding.attempt == attempt => adding.hear(found),
            _ => return,
        };
        if let Some(link) = link {
            let problem = self.browse(&link).err();
            if let Ok(adding) = self.adding(window) {
                adding.view.problem = problem;
            }
        }
        self.show(window);
    }

    /// Writes the connection into the person's own file, and shows where one can sign in now.
    pub(super) fn save_connection(&mut self, window: &WindowLabel, draft: ConnectionDraft) -> Result<()> {
        let taken = self.connection_ids();
        let saved = draft
            .connection(&taken)
            .and_then(|_| draft.written(&taken))
            .and_then(|written| config::append(&self.settings.sources.own, &written));
        if let Err(problem) = saved {
            return self.refuse_draft(window, draft, problem);
        }
        self.config = Config::read(&self.settings.sources);
        self.leave_adding(window.clone());
        Ok(())
    }

    fn refuse_draft(&mut self, window: &WindowLabel, draft: ConnectionDraft, problem: Error) -> Result<()> {
        let adding = self.adding(window)?;
        (adding.view.draft, adding.view.problem) = (draft, Some(problem));
        self.show(window);
        Ok(())
    }

    /// Back to where the window was.
    pub(super) fn leave_adding(&mut self, window: WindowLabel) {
        if matches!(self.windows.get(&window), Some(Window::Adding(_))) {
            self.back(window, None);
        }
    }

    fn connection_ids(&self) -> Vec<ConnectionId> {
        self.config.connections.iter().map(|connection| connection.id.clone()).collect()
    }
}

impl Adding {
    /// Takes note of what was found; a link is for the browser.
    fn hear(&mut self, found: Found) -> Option<String> {
        let view = &mut self.view;
        match found {
            Found::Line(line) => match view.lines.last_mut() {
                Some(last) if last.outcome == Outcome::Running && last.name == line.name => *last = line,
                _ => view.lines.push(line),
            },
            Found::Checked(suggested) => (view.checking, view.suggested) = (false, suggested),
            Found::Sent(sent) => {
                view.trying = Some(sent.url.clone());
                return Some(sent.url);
            }
            Found::Tried(tried) => {
                self.alive = None;
                (view.trying, view.tried) = (None, Some(*tried));
            }
        }
        None
    }
}

fn found_by(connection: &Connection, arrival: &Arrival) -> Tried {
    let name = |id: &TenantId| {
        let mut memberships = arrival.me.tenants.iter();
        memberships.find(|m| m.tenant.id == *id).map_or_else(|| id.to_string(), |m| m.tenant.name.clone())
    };
    let person = &arrival.me.person;
    Tried {
        person: Some(Named { name: person.name.clone(), email: person.email.clone() }),
        tenants: arrival.me.tenants.iter().map(|membership| membership.tenant.name.clone()).collect(),
        tenant: Some(name(&arrival.tenant)),
        proven_by: Some(
            connection.mode.proof.tenant.words(&arrival.chains.provider().alias(&arrival.tenant)),
        ),
        problem: None,
    }
}
