//! Which rows change while somebody copies them: the writer notes their keys, so that a copy needs no snapshot that is held
//! for its whole time.
use crate::limits;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// A table's number and a key in it.
pub type Place = (usize, Vec<u8>);

/// Those who copy at the moment. Cheap to clone.
#[derive(Clone, Default)]
pub struct Touched {
    watches: Arc<Mutex<Vec<Weak<Watch>>>>,
    /// Held by the writer from the first look of a batch to the end of its commit.
    turn: Arc<Mutex<()>>,
}

/// What changed since somebody began to copy.
#[derive(Default)]
pub struct Watch {
    noted: Mutex<Noted>,
}

#[derive(Default)]
struct Noted {
    /// In a commit that is not there yet, or just is.
    coming: Vec<Place>,
    /// In commits that are there.
    done: Vec<Place>,
    bytes: usize,
    /// It is not known any more what changed.
    is_lost: bool,
}

/// A batch of the writer, and who is told of what it changes.
pub struct Batch<'t> {
    _turn: MutexGuard<'t, ()>,
    watches: Vec<Arc<Watch>>,
}

impl Touched {
    /// Begins to note. What was changed before is in every snapshot that is taken from now on.
    pub fn watch(&self) -> Arc<Watch> {
        let watch = Arc::<Watch>::default();
        // Between two batches: none is half noted.
        let _turn = held(&self.turn);
        held(&self.watches).push(Arc::downgrade(&watch));
        watch
    }

    /// The database is opened again: a commit that was thought to have failed may be in it. Nobody's copy can be trusted.
    pub fn give_up(&self) {
        for watch in held(&self.watches).iter().filter_map(Weak::upgrade) {
            *held(&watch.noted) = Noted { is_lost: true, ..Noted::default() };
        }
    }

    /// The writer begins a batch.
    pub fn batch(&self) -> Batch<'_> {
        let turn = held(&self.turn);
        let mut watches = held(&self.watches);
        watches.retain(|watch| watch.strong_count() > 0);
        let watches = watches.iter().filter_map(Weak::upgrade).collect();
        Batch { _turn: turn, watches }
    }
}

impl Batch<'_> {
    /// Whether anybody wants to know.
    pub fn is_watched(&self) -> bool {
        !self.watches.is_empty()
    }

    /// Before the commit: whoever sees its rows finds them noted.
    pub fn comes(&self, places: &[Place]) {
        for watch in &self.watches {
            let mut noted = held(&watch.noted);
            noted.bytes += places.iter().map(|(_, key)| key.len() + size_of::<Place>()).sum::<usize>();
            if noted.bytes > limits::COPY_NOTES_BYTES_MAX {
                *noted = Noted { is_lost: true, ..Noted::default() };
            } else {
                noted.coming.extend_from_slice(places);
            }
        }
    }
}

impl Drop for Batch<'_> {
    /// After the commit, whatever became of it.
    fn drop(&mut self) {
        for watch in &self.watches {
            let mut noted = held(&watch.noted);
            let coming = std::mem::take(&mut noted.coming);
            noted.done.extend(coming);
        }
    }
}

impl Watch {
    /// How many changes wait to be copied again.
    pub fn waiting(&self) -> usize {
        held(&self.noted).done.len()
    }

    /// Takes what is committed: a snapshot from now on has it. None: it is not known any more.
    pub fn take(&self) -> Option<Vec<Place>> {
        let mut noted = held(&self.noted);
        noted.bytes = noted.coming.iter().map(|(_, key)| key.len() + size_of::<Place>()).sum();
        (!noted.is_lost).then(|| sorted(std::mem::take(&mut noted.done)))
    }

    /// Takes all that a snapshot from before now may have. None: it is not known any more.
    pub fn take_all(&self) -> Option<Vec<Place>> {
        let mut noted = held(&self.noted);
        let mut places = std::mem::take(&mut noted.done);
        places.extend_from_slice(&noted.coming);
        (!noted.is_lost).then(|| sorted(places))
    }
}

fn sorted(mut places: Vec<Place>) -> Vec<Place> {
    places.sort_unstable();
    places.dedup();
    places
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(key: u8) -> Place {
        (3, vec![key])
    }

    #[test]
    fn what_is_not_committed_yet_is_taken_only_by_who_has_a_snapshot_already() {
        let touched = Touched::default();
        assert!(!touched.batch().is_watched());
        let watch = touched.watch();
        let batch = touched.batch();
        assert!(batch.is_watched());
        batch.comes(&[place(2), place(1), place(2)]);
        assert_eq!((watch.waiting(), watch.take().unwrap()), (0, vec![]), "its rows are in no snapshot yet");
        assert_eq!(watch.take_all().unwrap(), [place(1), place(2)]);
        drop(batch);
        assert_eq!(watch.take().unwrap(), [place(1), place(2)], "and is not forgotten for that");
        assert_eq!(watch.take().unwrap(), []);
    }

    #[test]
    fn one_who_went_is_told_nothing_and_one_who_sleeps_is_given_up() {
        let touched = Touched::default();
        drop(touched.watch());
        assert!(!touched.batch().is_watched());
        let watch = touched.watch();
        let large: Place = (0, vec![0; limits::COPY_NOTES_BYTES_MAX / 4]);
        for _ in 0..5 {
            touched.batch().comes(std::slice::from_ref(&large));
        }
        assert_eq!((watch.take(), watch.take_all()), (None, None));
    }
}
