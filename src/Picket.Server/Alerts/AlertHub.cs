using System.Threading.Channels;
using Picket.Events;
using Picket.Metastore;

namespace Picket.Server.Alerts;

/// <summary>Tells who listens of each alert that is raised or changes. One who does not keep up misses the oldest, and is told how many. Thread-safe.</summary>
public sealed class AlertHub
{
    /// <summary>Alerts that wait for one listener.</summary>
    public const int MostWaiting = 1_000;

    /// <summary>Listeners at a time; a further one is refused.</summary>
    public const int MostListeners = 1_000;

    private readonly Lock gate = new();
    private readonly List<Listener> listeners = [];

    /// <summary>One who listens. Disposed, it does not any more.</summary>
    public sealed class Listener : IDisposable
    {
        private readonly AlertHub hub;
        private readonly Channel<Alert> waiting;
        private long missed;

        internal Listener(AlertHub hub, TenantId tenant)
        {
            (this.hub, Tenant) = (hub, tenant);
            waiting = Channel.CreateBounded<Alert>(new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true }, _ => Interlocked.Increment(ref missed));
        }

        internal TenantId Tenant { get; }

        public ChannelReader<Alert> Alerts => waiting.Reader;

        /// <summary>How many were missed since this was asked last.</summary>
        public long TakeMissed() => Interlocked.Exchange(ref missed, 0);

        internal void Add(Alert alert) => waiting.Writer.TryWrite(alert);

        public void Dispose()
        {
            lock (hub.gate)
            {
                hub.listeners.Remove(this);
            }
        }
    }

    /// <summary>Null when there are too many.</summary>
    public Listener? Listen(TenantId tenant)
    {
        lock (gate)
        {
            if (listeners.Count >= MostListeners)
            {
                return null;
            }
            var listener = new Listener(this, tenant);
            listeners.Add(listener);
            return listener;
        }
    }

    /// <summary>Whether anybody listens.</summary>
    public bool IsHeard
    {
        get
        {
            lock (gate)
            {
                return listeners.Count > 0;
            }
        }
    }

    public void Publish(Alert alert)
    {
        lock (gate)
        {
            foreach (var listener in listeners)
            {
                if (listener.Tenant == alert.Tenant)
                {
                    listener.Add(alert);
                }
            }
        }
    }
}
