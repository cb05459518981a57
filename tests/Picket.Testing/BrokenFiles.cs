using Picket.Storage.Files;

namespace Picket.Testing;

/// <summary>The file layer, lying on demand: writes and flushes that fail, a disk that is full.</summary>
public sealed class BrokenFiles(IStorageFiles real) : IStorageFiles
{
    /// <summary>ENOSPC.</summary>
    private const int NoSpace = 28;

    private readonly Lock stillness = new();

    public bool FailWrites { get; set; }
    public bool FailFlushes { get; set; }
    public bool DiskFull { get; set; }
    public long? Free { get; set; }

    public long FreeBytes => Free ?? real.FreeBytes;

    /// <summary>Acts while no file changes: what a crash at this moment would leave can be copied.</summary>
    public void WhileStill(Action act)
    {
        lock (stillness)
        {
            act();
        }
    }

    public IStorageFile Create(string name, long preallocate) => Changing(() =>
    {
        Check();
        return new BrokenFile(this, real.Create(name, preallocate));
    });

    public IStorageFile Open(string name, bool writable = false) => new BrokenFile(this, real.Open(name, writable));

    public void Publish(string temporaryName, string name) => Changing(() =>
    {
        Check();
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

    private void Check()
    {
        if (DiskFull)
        {
            throw new IOException("No space left on device", NoSpace);
        }
        if (FailWrites)
        {
            throw new IOException("Input/output error");
        }
    }

    private sealed class BrokenFile(BrokenFiles owner, IStorageFile file) : IStorageFile
    {
        public string Name => file.Name;

        public long Length => file.Length;

        public int Read(Span<byte> into, long offset) => file.Read(into, offset);

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            lock (owner.stillness)
            {
                WriteNow(bytes, offset);
            }
        }

        private void WriteNow(ReadOnlySpan<byte> bytes, long offset)
        {
            if (owner.DiskFull || owner.FailWrites)
            {
                // Half of it reaches the disk, as happens.
                file.Write(bytes[..(bytes.Length / 2)], offset);
            }
            owner.Check();
            file.Write(bytes, offset);
        }

        public void Flush()
        {
            if (owner.FailFlushes)
            {
                throw new IOException("Input/output error");
            }
            file.Flush();
        }

        public void Dispose() => file.Dispose();
    }
}
