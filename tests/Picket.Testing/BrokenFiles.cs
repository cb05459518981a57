using Picket.Storage.Files;

namespace Picket.Testing;

/// <summary>The file layer, lying on demand: writes, reads and flushes that fail, a disk that is full or slow, bits that flip.</summary>
public sealed class BrokenFiles(IStorageFiles real) : IStorageFiles
{
    /// <summary>ENOSPC.</summary>
    private const int NoSpace = 28;

    private readonly Lock stillness = new();
    private readonly object going = new();
    private bool hangs;

    public bool FailWrites { get; set; }
    public bool FailReads { get; set; }
    public bool FailFlushes { get; set; }
    public bool DiskFull { get; set; }
    public long? Free { get; set; }

    /// <summary>Only files whose names contain this fail; null for all.</summary>
    public string? Only { get; set; }

    /// <summary>Called with every write's name; what it throws is what the write fails with.</summary>
    public Action<string>? OnWrite { get; set; }

    public long FreeBytes => Free ?? real.FreeBytes;

    /// <summary>Acts while no file changes: what a crash at this moment would leave can be copied.</summary>
    public void WhileStill(Action act)
    {
        lock (stillness)
        {
            act();
        }
    }

    /// <summary>Until <see cref="GoOn"/>, writes wait: a disk that hangs.</summary>
    public void Hang() => hangs = true;

    public void GoOn()
    {
        lock (going)
        {
            hangs = false;
            Monitor.PulseAll(going);
        }
    }

    public IStorageFile Create(string name, long preallocate) => Changing(() =>
    {
        Check(name);
        return new BrokenFile(this, real.Create(name, preallocate));
    });

    public IStorageFile Open(string name, bool writable = false) => new BrokenFile(this, real.Open(name, writable));

    public void Publish(string temporaryName, string name) => Changing(() =>
    {
        Check(name);
        real.Publish(temporaryName, name);
        return true;
    });

    public void Delete(string name) => Changing(() =>
    {
        real.Delete(name);
        return true;
    });

    public IReadOnlyList<string> List(string folder) => real.List(folder);

    public void FlushFolder(string folder) => real.FlushFolder(folder);

    private T Changing<T>(Func<T> change)
    {
        lock (stillness)
        {
            return change();
        }
    }

    private bool IsMeant(string name) => Only is null || name.Contains(Only, StringComparison.Ordinal);

    private void Check(string name)
    {
        OnWrite?.Invoke(name);
        if (DiskFull && IsMeant(name))
        {
            throw new IOException("No space left on device", NoSpace);
        }
        if (FailWrites && IsMeant(name))
        {
            throw new IOException("Input/output error");
        }
    }

    private sealed class BrokenFile(BrokenFiles owner, IStorageFile file) : IStorageFile
    {
        public string Name => file.Name;

        public long Length => file.Length;

        public int Read(Span<byte> into, long offset) =>
            owner.FailReads && owner.IsMeant(Name) ? throw new IOException("Input/output error") : file.Read(into, offset);

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            lock (owner.going)
            {
                while (owner.hangs)
                {
                    Monitor.Wait(owner.going);
                }
            }
            lock (owner.stillness)
            {
                WriteNow(bytes, offset);
            }
        }

        private void WriteNow(ReadOnlySpan<byte> bytes, long offset)
        {
            if ((owner.DiskFull || owner.FailWrites) && owner.IsMeant(Name))
            {
                // Half of it reaches the disk, as happens.
                file.Write(bytes[..(bytes.Length / 2)], offset);
            }
            owner.Check(Name);
            file.Write(bytes, offset);
        }

        public void Flush()
        {
            if (owner.FailFlushes && owner.IsMeant(Name))
            {
                throw new IOException("Input/output error");
            }
            file.Flush();
        }

        public void Dispose() => file.Dispose();
    }
}
