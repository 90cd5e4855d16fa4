//! Marks that only move forward: the first goes to the writer at once, and what arrives while it is on its way becomes one
//! next, without a timer. Whoever reads two hundred messages at once makes one or two writes.
use crate::error::Result;
use crate::id::Id;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex};
use tokio::sync::oneshot;

/// What waits behind the mark that is on its way, by whose mark it is.
pub struct Latest<K> {
    under_way: Mutex<HashMap<K, Option<Waiting>>>,
}

#[derive(Default)]
struct Waiting {
    mark: Id,
    askers: Vec<oneshot::Sender<Result<()>>>,
}

/// The answer to a mark: it is on disk, or one that lies further.
pub type Marked = oneshot::Receiver<Result<()>>;

impl<K: Hash + Eq + Copy + Send + 'static> Latest<K> {
    /// Moves the mark of `key`, with `write`; or lets the next write of it move it.
    pub fn moves<F>(self: &Arc<Self>, key: K, mark: Id, write: impl Fn(Id) -> F + Send + 'static) -> Marked
    where
        F: Future<Output = Result<()>> + Send,
    {
        let (asker, marked) = oneshot::channel();
        let mut under_way = self.under_way.lock().expect(UNPOISONED);
        if let Some(next) = under_way.get_mut(&key) {
            next.get_or_insert_default().joins(mark, asker);
            return marked;
        }
        under_way.insert(key, None);
        drop(under_way);
        let this = self.clone();
        tokio::spawn(async move {
            let mut now = Waiting { mark, askers: vec![asker] };
            loop {
                let written = write(now.mark).await;
                for asker in now.askers {
                    // Who asked may have gone.
                    let _ = asker.send(written.clone());
                }
                match this.next(key) {
                    Some(next) => now = next,
                    None => return,
                }
            }
        });
        marked
    }

    /// Waits until no mark of `key` is on its way: for a change that must come after it.
    pub async fn settled(&self, key: K) {
        let (asker, marked) = oneshot::channel();
        match self.under_way.lock().expect(UNPOISONED).get_mut(&key) {
            Some(next) => next.get_or_insert_default().joins(0, asker),
            None => return,
        }
        // Whatever became of it.
        let _ = marked.await;
    }

    fn next(&self, key: K) -> Option<Waiting> {
        let mut under_way = self.under_way.lock().expect(UNPOISONED);
        let next = under_way.get_mut(&key).and_then(Option::take);
        if next.is_none() {
            under_way.remove(&key);
        }
        next
    }
}

impl Waiting {
    fn joins(&mut self, mark: Id, asker: oneshot::Sender<Result<()>>) {
        self.mark = self.mark.max(mark);
        self.askers.push(asker);
    }
}

impl<K> Default for Latest<K> {
    fn default() -> Self {
        Latest { under_way: Mutex::default() }
    }
}

const UNPOISONED: &str = "nothing panics while it holds this lock";

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::Semaphore;

    #[tokio::test]
    async fn what_arrives_while_one_is_on_its_way_becomes_one_next() {
        let latest = Arc::new(Latest::default());
        let written = Arc::new(Mutex::new(Vec::new()));
        let gate = Arc::new(Semaphore::new(0));
        let mut marked = Vec::new();
        for mark in [5, 9, 7, 8] {
            let (written, gate) = (written.clone(), gate.clone());
            marked.push(latest.moves("ann", mark, move |mark| {
                let (written, gate) = (written.clone(), gate.clone());
                async move {
                    gate.acquire().await.expect("it stays open").forget();
                    written.lock().unwrap().push(mark);
                    Ok(())
                }
            }));
        }
        gate.add_permits(2);
        for marked in marked {
            marked.await.unwrap().unwrap();
        }
        latest.settled("ann").await;
        assert_eq!(*written.lock().unwrap(), [5, 9]);
    }
}
