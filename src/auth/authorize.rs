//! The one place that says whether a credential is good for what is asked; membership and rank are the noun's to say (S28).
use super::who::{Pass, Who};
use crate::error::{self, Refusal, Result};
use crate::id::Id;
use crate::row::Scope;

/// Who may ask at all; what of the thing itself they may see or do is the noun's to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Anyone,
    /// Somebody signed in, or the operator.
    Person,
    /// Likewise, also before they have the second factor that they must have (`required`).
    Enrolling,
    /// Who came in by the admin socket, or is the command line.
    Operator,
}

/// What asking takes of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing: any credential, or none.
    Open,
    Read,
    Write,
    Admin,
    Metrics,
    /// A person who signed in, with all their rights: no API key, and no token that was narrowed.
    Login,
}

/// What is asked about, as far as an API key for some rooms is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Room(Id),
    /// The answer holds only what of it the credential reaches.
    Filtered,
    Elsewhere,
}

/// Whether somebody may ask for this. Every request and every frame that does something passes here, and nothing else
/// looks at scopes.
pub fn authorize(who: Option<&Who>, access: Access, need: Need, place: Place) -> Result<()> {
    let Some(who) = who else {
        return match access {
            Access::Anyone => Ok(()),
            Access::Person | Access::Enrolling => Err(error::not_signed_in().into()),
            Access::Operator => Err(error::not_found().into()),
        };
    };
    if access == Access::Operator {
        who.operator()?;
    }
    let scope = match need {
        Need::Open => return Ok(()),
        Need::Login => return signed_in(who),
        Need::Read => Scope::Read,
        Need::Write => Scope::Write,
        Need::Admin => Scope::Admin,
        Need::Metrics => Scope::Metrics,
    };
    if !who.has(scope) {
        return Err(scope_missing(scope).into());
    }
    match place {
        Place::Room(room) if who.reaches(room) => Ok(()),
        Place::Filtered => Ok(()),
        _ if who.rooms().is_none() => Ok(()),
        _ => Err(key_limited("This API key reaches only some rooms.").into()),
    }
}

fn signed_in(who: &Who) -> Result<()> {
    match who.pass {
        Pass::Key { .. } => Err(key_limited("An API key may not do this. Sign in.").into()),
        Pass::Token { .. } => {
            match [Scope::Read, Scope::Write, Scope::Admin].into_iter().find(|scope| !who.has(*scope)) {
                Some(scope) => Err(scope_missing(scope).into()),
                None => Ok(()),
            }
        }
        Pass::Session | Pass::Operator => Ok(()),
    }
}

/// 403: the credential was made without this scope.
pub fn scope_missing(scope: Scope) -> Refusal {
    let detail = format!("This token or API key has no scope \"{}\".", scope.word());
    Refusal::new(403, "scope_missing", detail)
}

/// 403: not with an API key, or not with this one.
pub fn key_limited(detail: &'static str) -> Refusal {
    Refusal::new(403, "key_limited", detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::permission::Asker;
    use crate::row::Scopes;
    use std::net::{IpAddr, Ipv4Addr};

    fn with(pass: Pass) -> Who {
        let session = (!matches!(pass, Pass::Key { .. })).then_some([7; 32]);
        Who { asker: Asker::Person(1), session, pass, address: IpAddr::V4(Ipv4Addr::LOCALHOST) }
    }

    fn key(scopes: &[Scope], rooms: Option<&[Id]>) -> Who {
        let (scopes, rooms) = (scopes.iter().copied().collect::<Scopes>(), rooms.map(Into::into));
        with(Pass::Key { id: 9, key: [9; 32], scopes, rooms })
    }

    fn token(scopes: &[Scope]) -> Who {
        with(Pass::Token { scopes: scopes.iter().copied().collect() })
    }

    /// The code of the refusal, or "" for none.
    fn code(who: Option<&Who>, access: Access, need: Need, place: Place) -> &'static str {
        match authorize(who, access, need, place) {
            Ok(()) => "",
            Err(error::Error::Refused(refusal)) => refusal.code,
            Err(error::Error::Fault(fault)) => panic!("{fault}"),
        }
    }

    #[test]
    fn s28_every_credential_meets_every_need() {
        use Need::{Admin, Login, Metrics, Open, Read, Write};
        use Scope as S;
        let needs = [Open, Read, Write, Admin, Metrics, Login];
        let (no, lim) = ("scope_missing", "key_limited");
        let table: &[(Who, [&str; 6])] = &[
            (with(Pass::Session), ["", "", "", "", "", ""]),
            (Who::OPERATOR, ["", "", "", "", "", ""]),
            (token(&[S::Read, S::Write, S::Admin]), ["", "", "", "", no, ""]),
            (token(&[S::Read, S::Write]), ["", "", "", no, no, no]),
            (token(&[S::Read]), ["", "", no, no, no, no]),
            (key(&[S::Read], None), ["", "", no, no, no, lim]),
            (key(&[S::Write], None), ["", "", "", no, no, lim]),
            (key(&[S::Admin], None), ["", no, no, "", no, lim]),
            (key(&[S::Metrics], None), ["", no, no, no, "", lim]),
            (key(&S::ALL, None), ["", "", "", "", "", lim]),
        ];
        for (who, expected) in table {
            for (need, expected) in needs.iter().zip(expected) {
                for access in [Access::Person, Access::Anyone] {
                    assert_eq!(code(Some(who), access, *need, Place::Elsewhere), *expected, "{who:?} {need:?}");
                }
            }
        }
        for need in needs {
            assert_eq!(code(None, Access::Anyone, need, Place::Elsewhere), "");
            assert_eq!(code(None, Access::Person, need, Place::Elsewhere), "not_signed_in");
            assert_eq!(code(None, Access::Operator, need, Place::Elsewhere), "not_found");
            assert_eq!(code(Some(&with(Pass::Session)), Access::Operator, need, Place::Elsewhere), "not_found");
            assert_eq!(code(Some(&Who::OPERATOR), Access::Operator, need, Place::Elsewhere), "");
        }
    }

    #[test]
    fn s23_a_key_for_some_rooms_reaches_no_others() {
        let limited = key(&Scope::ALL, Some(&[3, 4]));
        let at = |place| code(Some(&limited), Access::Person, Need::Write, place);
        assert_eq!((at(Place::Room(3)), at(Place::Room(5)), at(Place::Elsewhere)), ("", "key_limited", "key_limited"));
        assert_eq!(at(Place::Filtered), "");
        let none = key(&Scope::ALL, Some(&[]));
        assert_eq!(code(Some(&none), Access::Person, Need::Read, Place::Room(3)), "key_limited");
        let free = key(&Scope::ALL, None);
        assert_eq!(code(Some(&free), Access::Person, Need::Read, Place::Room(5)), "");
    }
}
