# Not Grafana: what grafana.py says it is, in a container with the same user, entry point and applets.
FROM standin/python
RUN pip install --no-cache-dir --disable-pip-version-check pyyaml==6.0.2 \
 && useradd --uid 472 --gid 0 --no-create-home grafana \
 && mkdir -p /var/lib/grafana /etc/grafana/provisioning && chown -R 472:0 /var/lib/grafana
COPY busybox /bin/busybox
RUN ln -s /bin/busybox /usr/bin/wget && printf '#!/bin/sh\nexec python3 /grafana.py\n' > /run.sh && chmod 755 /run.sh
COPY grafana.py /grafana.py
USER 472
EXPOSE 3000
ENTRYPOINT ["/run.sh"]
